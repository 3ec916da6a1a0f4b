{% macro delivery_load(stream) -%}
    {%- set registry = var('streams')[stream] -%}
    {%- set bronze = ref(registry.bronze) -%}
    {%- set load = {
        'is_incoming': 'true',
        'has_repeats': true,
        'existing': 'true' if is_incremental() else 'false',
        'stamp': 'cast(null as timestamp)',
        'rules': rules_of(stream),
        'is_rejudging': false,
        'plan': '',
    } -%}
    {%- if not is_loading() -%}
        {{- return(load) -}}
    {%- endif -%}

    {%- set stamp = next_load() -%}
    {%- set plan = {'inputs': {}, 'bounds': none, 'is_empty': false, 'load': stamp} -%}
    {%- if is_incremental() -%}
        {%- set rejudged = rejudged_rows(stream) -%}
        {%- set not_held -%}
            select distinct _source_file from {{ bronze }}
            except
            select distinct _source_file from {{ this }}
            {%- if rejudged != 'false' %} where not ({{ rejudged }}){% endif %}
        {%- endset -%}
        {%- set files = run_query(
            'select _source_file from (' ~ not_held ~ ') as files order by 1 limit 101'
        ).columns[0].values() | list -%}
        {%- do load.update({
            'is_incoming': '_source_file in (' ~ not_held ~ ')' if files | length > 100
                else is_one_of_files('_source_file', files),
            'is_rejudging': rejudged != 'false',
        }) -%}
        {%- do plan.update({'is_empty': not files}) -%}
    {%- endif -%}

    {%- set days = [] if plan.is_empty else days_of_repeats(stream, bronze, load.is_incoming) -%}
    {%- set bounds = day_bounds('event_at', days | reject('none') | list) -%}
    {%- do plan.update({'bounds': bounds}) -%}
    {%- do load.update({
        'has_repeats': days != [],
        'existing': is_within(bounds) if is_incremental() else 'false',
        'stamp': from_micros(stamp),
        'plan': plan_comment(plan),
    }) -%}
    {%- if not plan.is_empty -%}
        {%- call statement('watermark', auto_begin=false) -%}
            {{ insert_watermarks([watermark_row(
                this.identifier, registry.bronze, stamp, newest_load(this.identifier), 'true'
            )]) }}
        {%- endcall -%}
    {%- endif -%}
    {{- return(load) -}}
{%- endmacro %}

{#
  days_of_repeats(stream, bronze, is_incoming): the days, since 1970, of this table's rows with the
  ids of incoming ones; and none, if an id is there twice among those. It reads one narrow column.
#}
{% macro days_of_repeats(stream, bronze, is_incoming) -%}
    {%- set id = var('streams')[stream].id -%}
    {%- set found -%}
        with incoming as (
            select {{ typed_text(id) }} as {{ id }} from {{ bronze }} where {{ is_incoming }}
        ),

        repeated as (
            select {{ id }} from incoming
            where {{ id }} is not null
            group by {{ id }}
            having count(*) > 1
        )

        select cast(null as int) as day from (select count(*) as id_count from repeated) as counted
        where id_count > 0
        {%- if is_incremental() %}
        union all
        select distinct {{ day_number('event_at') }} as day
        from {{ this }}
        where verdict <> 'rejected' and {{ id }} in (select {{ id }} from incoming)
        {%- endif %}
    {%- endset -%}
    {{- return(run_query(found).columns[0].values() | list) -}}
{%- endmacro %}

{#
  rejudged_rows(stream): the condition on rows of a deliveries model that they are judged anew, by

      dbt build --select silver_pos_deliveries+ --vars '{rejudge: {pos: [2026-01-01, 2026-01-31]}}'

  Those are all rows of the files that have an event of these days, or a rejected one without a
  usable moment that arrived then. `false` where the var doesn't name the stream.
#}
{% macro rejudged_rows(stream) -%}
    {%- set days = var('rejudge', {}).get(stream) -%}
    {%- if not days -%}
        {{- return('false') -}}
    {%- endif -%}
    {%- set is_of_days = utc_date('coalesce(event_at, _ingested_at)')
        ~ " between date '" ~ days[0] ~ "' and date '" ~ days[1] ~ "'" -%}
    {{- return(
        '_source_file in (select _source_file from ' ~ this ~ ' where ' ~ is_of_days ~ ')'
    ) -}}
{%- endmacro %}

{# pre-hook of deliveries: takes out the rows that are judged anew; the load brings them again. #}
{% macro forget_rejudged_rows() -%}
    {%- for stream, registry in var('streams').items() if registry.deliveries == this.identifier -%}
        {%- set rejudged = rejudged_rows(stream) if is_incremental() else 'false' -%}
        {%- if rejudged != 'false' -%}
            delete from {{ this }} where {{ rejudged }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
