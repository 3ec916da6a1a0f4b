{#
  history(name): the versions of a list's members by id and valid_from, with what the list says now.
  The rules are those of docs/event_contract.md: what the list says holds from the day of
  `updated_at` on, without one from the build day on if it says something new; whoever is new has it
  from the beginning of time; a dated value that is missing says nothing; who left the list stays.
#}
{% macro history(name) -%}
    {%- set list = var('lists')[name] -%}
    {%- set id, dated = list.id, list.dated -%}
    {%- set beginning, end_of_time = "date '1900-01-01'", "date '9999-12-31'" -%}
(
    with exported as (
        select * from {{ typed_list(list) }} as typed
        where {{ id }} not in ('UNKNOWN', 'GUEST'){{ ' and false' if flags.EMPTY }}
    ),

    held as (
        select
            *,
            lead(valid_from) over (partition by {{ id }} order by valid_from) as next_valid_from
        from ({{ held_versions(list) }}) as versions
    ),

    given_keys as (
        select distinct member_key from held
    ),

    members as (
        select
            exported.{{ id }},
            coalesce(
                held.member_key,
                case
                    when
                        exported.list_number between 1 and 999999999
                        and given_keys.member_key is null
                        and row_number() over (
                            partition by held.member_key is null, exported.list_number
                            order by exported.{{ id }}
                        ) = 1
                        then exported.list_number
                end
            ) as member_key,
            case
                when held.{{ id }} is null then {{ beginning }}
                when exported.updated_on is not null
                    then greatest(exported.updated_on, {{ beginning }})
                {%- if dated %}
                when
                    {%- for column in dated %}
                    {{ 'or ' if not loop.first }}coalesce(exported.{{ column }}, held.{{ column }})
                    is distinct from held.{{ column }}
                    {%- endfor %}
                    then greatest({{ build_day() }}, {{ beginning }})
                {%- endif %}
                else held.valid_from
            end as day
        from exported
        left join held on exported.{{ id }} = held.{{ id }} and held.next_valid_from is null
        left join given_keys on exported.list_number = given_keys.member_key
    ),

    keyed as (
        select
            {{ id }},
            day,
            coalesce(
                member_key,
                greatest((select coalesce(max(member_key), 0) from given_keys), 1000000000)
                + row_number() over (partition by member_key is null order by {{ id }})
            ) as member_key
        from members
    ),

    -- What was said before that day stays, what is said now counts from it on.
    said as (
        select
            {% for column in [id, 'valid_from'] + dated -%}
            held.{{ column }}{{ ',' if not loop.last }}
            {% endfor -%}
        from held
        inner join keyed on held.{{ id }} = keyed.{{ id }}
        where held.valid_from < keyed.day

        union all

        select
            exported.{{ id }},
            greatest(coalesce(held.valid_from, keyed.day), keyed.day) as valid_from
            {%- for column in dated %},
            coalesce(exported.{{ column }}, held.{{ column }}) as {{ column }}
            {%- endfor %}
        from exported
        inner join keyed on exported.{{ id }} = keyed.{{ id }}
        left join held
            on exported.{{ id }} = held.{{ id }}
            and keyed.day < coalesce(held.next_valid_from, {{ end_of_time }})
    ),

    versions as (
        select * from said
        qualify
            row_number() over (partition by {{ id }} order by valid_from) = 1
            {%- for column in dated %}
            or {{ column }} is distinct from
            lag({{ column }}) over (partition by {{ id }} order by valid_from)
            {%- endfor %}
    ),

    final as (
        select
            versions.{{ id }},
            versions.valid_from,
            cast(keyed.member_key as bigint) as member_key,
            {%- for column in list.columns %}
            {{ 'versions' if column in dated else 'exported' }}.{{ column }},
            {%- endfor %}
            true as is_listed,
            exported.unusable_columns
        from versions
        inner join exported on versions.{{ id }} = exported.{{ id }}
        inner join keyed on versions.{{ id }} = keyed.{{ id }}

        union all

        select
            held.{{ id }},
            held.valid_from,
            held.member_key,
            {%- for column in list.columns %}
            held.{{ column }},
            {%- endfor %}
            {{ 'held.is_listed' if flags.EMPTY else 'false' }} as is_listed,
            held.unusable_columns
        from held
        left join exported on held.{{ id }} = exported.{{ id }}
        where exported.{{ id }} is null
    )

    select * from final
)
{%- endmacro %}

{# held_versions(list): the versions as they stand; before the first build, none. #}
{% macro held_versions(list) -%}
    {%- set columns = 'valid_from, member_key, ' ~ list.columns | join(', ')
        ~ ', is_listed, unusable_columns' -%}
    {%- set snapshot = existing_relation('customer_snapshot')
        if is_loading() and list.id == 'customer_id' else none -%}
    {%- if is_incremental() -%}
    select {{ list.id }}, {{ columns }} from {{ this }}
    {%- elif snapshot is not none -%}
    {#- What dbt's snapshot kept before there was a history. -#}
    select {{ list.id }}, {{ columns }}
    from (
        select
            *,
            case
                when min(day) over (partition by customer_id) = day then date '1900-01-01'
                else day
            end as valid_from,
            cast(customer_number as bigint) as member_key,
            true as is_listed,
            cast(null as string) as unusable_columns
        from (
            select *, {{ utc_date('dbt_valid_from') }} as day
            from {{ snapshot }}
            qualify
                row_number() over (
                    partition by customer_id, {{ utc_date('dbt_valid_from') }}
                    order by dbt_valid_from desc
                ) = 1
        ) as last_of_days
    ) as versions
    qualify
        concat_ws('|', {{ list.dated | join(', ') }}) is distinct from lag(
            concat_ws('|', {{ list.dated | join(', ') }})
        ) over (partition by customer_id order by valid_from)
    {%- else -%}
    select
        {{ list.id }},
        date '1900-01-01' as valid_from,
        cast(list_number as bigint) as member_key,
        {{ list.columns | join(', ') }},
        true as is_listed,
        unusable_columns
    from exported
    where false
    {%- endif -%}
{%- endmacro %}

{# build_day(): the day of this run in the calendar of the business, or the var of that name. #}
{% macro build_day() -%}
    {%- set today = run_started_at.astimezone(modules.pytz.timezone(var('business_timezone'))) -%}
    {{- return("date '" ~ (var('build_day') or today.date()) ~ "'") -}}
{%- endmacro %}

{# pre-hook of a history: stops on a list that can't be right, and says who left it. #}
{% macro check_list() -%}
    {%- if is_loading() and not flags.EMPTY -%}
        {%- set list = var('lists')[model.name.split('_')[1]] -%}
        {%- set listed -%}
            (select {{ typed_text(list.id) }} as id from {{ ref(list.seed) }})
        {%- endset -%}
        {%- set left -%}
            (
                {%- if is_incremental() %}
                select distinct {{ list.id }} as id from {{ this }} as held
                where is_listed and not exists (
                    select 1 from {{ listed }} as listed where listed.id = held.{{ list.id }}
                )
                {%- else %}
                select id from {{ listed }} as listed where false
                {%- endif %}
            )
        {%- endset -%}
        {%- set count_held = 'select count(distinct ' ~ list.id ~ ') from ' ~ this
            ~ ' where is_listed' if is_incremental() else 'select 0' -%}
        {%- set repeated = '(select id from ' ~ listed
            ~ ' as listed where id is not null group by id having count(*) > 1)' -%}
        {%- set total, unnamed, twice, held, lost, lost_ids = run_query(
            'select (select count(*) from ' ~ listed ~ ' as listed) as total, '
            ~ '(select count(*) from ' ~ listed ~ ' as listed where id is null) as unnamed, '
            ~ '(' ~ first_ids(repeated) ~ ') as twice, (' ~ count_held ~ ') as held, '
            ~ '(select count(*) from ' ~ left ~ ' as lost) as lost, '
            ~ '(' ~ first_ids(left) ~ ') as lost_ids'
        ).rows[0] -%}
        {%- set file, allowed = list.seed ~ '.csv', var('allow_lost_members') -%}
        {%- set remedy = '; if they are gone: dbt build --vars "{allow_lost_members: true}"' -%}
        {%- set wrong = none -%}
        {%- if unnamed -%}
            {%- set wrong = unnamed ~ ' of ' ~ total ~ ' rows have no ' ~ list.id
                ~ ': give each one' -%}
        {%- elif twice -%}
            {%- set wrong = list.id ~ ' ' ~ twice
                ~ ' is there more than once: leave one row of each' -%}
        {%- elif held and not total and not allowed -%}
            {%- set wrong = 'is empty, its last export named ' ~ held ~ remedy -%}
        {%- elif lost > 10 and lost * 10 > held and not allowed -%}
            {%- set wrong = lost ~ ' of ' ~ held ~ ' that the last export named are missing ('
                ~ lost_ids ~ ', ...)' ~ remedy -%}
        {%- endif -%}
        {%- if wrong -%}
            {%- do exceptions.raise_compiler_error(file ~ ': ' ~ wrong) -%}
        {%- elif lost -%}
            {%- do log(file ~ ': no longer in the export, kept as inactive: ' ~ lost ~ ' ('
                ~ lost_ids ~ (', ...' if lost > 5) ~ ')', info=true) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# first_ids(rows): a query of up to five of their ids as one text, null of none. #}
{% macro first_ids(rows) -%}
    select {{ listagg_text('id') }} from (
        select id from {{ rows }} as found order by id limit 5
    ) as named
{%- endmacro %}

{# forget_member(list, id): takes out a member who was a mistake; facts follow with dbt build. #}
{% macro forget_member(list, id) -%}
    {%- set lists = var('lists') -%}
    {%- if list not in lists -%}
        {{- exceptions.raise_compiler_error('list: one of ' ~ lists | join(', ')) -}}
    {%- endif -%}
    {%- set seed, history = lists[list].seed, 'silver_' ~ list ~ '_history' -%}
    {%- set is_member = ' where ' ~ lists[list].id ~ ' = ' ~ text_literal(id) -%}
    {%- if run_query('select 1 from ' ~ ref(seed) ~ is_member).rows | length -%}
        {{- exceptions.raise_compiler_error(
            id ~ ' is in ' ~ seed ~ '.csv: take it out there first, then dbt build'
        ) -}}
    {%- endif -%}
    {%- set from_history = ' from ' ~ ref(history) ~ is_member -%}
    {%- if not run_query('select 1' ~ from_history).rows | length -%}
        {{- exceptions.raise_compiler_error(history ~ ' has no ' ~ id) -}}
    {%- endif -%}
    {%- call statement('forget', auto_begin=true) -%}
        delete{{ from_history }}
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {%- do log(history ~ ': ' ~ id ~ ' is taken out; dbt build lets go of it', info=true) -%}
{%- endmacro %}
