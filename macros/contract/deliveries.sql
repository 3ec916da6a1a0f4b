{#
  What the four deliveries models have in common: a line is typed in the model, judged here, once,
  and keeps its verdict (described with the column `verdict`).
#}

{% macro judged_rows(stream, load) -%}
    {%- set registry = var('streams')[stream] -%}
    {%- set id = registry.id -%}
    {%- set place = registry.place or 'cast(null as string)' -%}
    {%- set kept = delivery_columns(registry) | join(', ') -%}
    {%- set stamps = "'" ~ load.rules ~ "' as _rules, " ~ load.stamp ~ ' as _load' -%}
    (
        with checked as (
            select * from {{ checked_rows(stream) }}
        )
        {%- if load.has_repeats %},

        -- Of rows that are rejected, too: so one column of bronze is read, and nothing is typed.
        repeated as (
            select {{ id }}
            from (
                select {{ typed_text(id) }} as {{ id }}, true as is_incoming
                from {{ ref(registry.bronze) }} where {{ load.is_incoming }}
                {%- if load.existing != 'false' %}
                union all
                select {{ id }}, false as is_incoming
                from {{ this }} where {{ load.existing }} and verdict <> 'rejected'
                {%- endif %}
            ) as deliveries
            where {{ id }} is not null
            group by {{ id }}
            having count(*) > 1 and bool_or(is_incoming)
        ),

        compared as (
            select
                {{ kept }},
                true as is_incoming,
                cast(null as string) as held_verdict,
                cast(null as string) as held_duplicate_of,
                cast(null as string) as held_delivery,
                cast(null as timestamp) as held_changed_at,
                {{ stamps }}
            from checked
            where is_valid and {{ id }} in (select {{ id }} from repeated)
            {%- if load.existing != 'false' %}
            union all
            select
                {{ existing_columns(stream) | join(', ') }},
                false as is_incoming,
                verdict as held_verdict,
                _duplicate_of as held_duplicate_of,
                _delivery as held_delivery,
                _changed_at as held_changed_at,
                _rules,
                _load
            from {{ this }}
            where
                {{ load.existing }}
                and verdict <> 'rejected'
                and {{ id }} in (select {{ id }} from repeated)
            {%- endif %}
        ),

        hashed as (
            select
                *,
                coalesce(updated_at, event_at) as stated_at,
                md5({{ event_text(stream) }}) as version
            from compared
        ),

        numbered as (
            select
                *,
                row_number() over (
                    partition by {{ id }}
                    order by is_incoming, _ingested_at, _source_file, version
                ) as arrival,
                min(_source_file) over (partition by {{ id }}, version) as first_file
            from hashed
        ),

        named as (
            select
                *,
                coalesce(held_delivery, case
                    when arrival > 1
                        then concat(_source_file, '#', cast(
                            arrival - min(arrival) over (partition by {{ id }}, _source_file) + 1
                            as string
                        ))
                    else ''
                end) as _delivery
            from numbered
        ),

        ranked as (
            select
                *,
                first_value(_delivery) over versions as standing_delivery,
                row_number() over versions as delivery_number
            from named
            window versions as (
                partition by {{ id }}, version
                order by is_incoming, _ingested_at, _source_file, _delivery
            )
        ),

        -- The winner is the first delivery of the version that comes first here.
        contested as (
            select
                *,
                row_number() over contest as place_in_contest,
                first_value(updated_at) over contest as winning_updated_at,
                first_value(event_at) over contest as winning_event_at,
                first_value({{ place }}) over contest as winning_place
            from ranked
            window contest as (
                partition by {{ id }}
                order by
                    case when delivery_number = 1 then 0 else 1 end,
                    stated_at desc, event_at desc, first_file desc, version desc
            )
        ),

        decided as (
            select
                *,
                case
                    when delivery_number > 1 then 'duplicate'
                    when place_in_contest = 1 then 'current'
                    when
                        winning_updated_at > stated_at
                        and winning_event_at = event_at
                        and winning_place is not distinct from {{ place }}
                        then 'corrected'
                    else 'superseded'
                end as verdict,
                case when delivery_number > 1 then standing_delivery end as _duplicate_of
            from contested
        )
        {%- endif %}

        select
            {{ kept }},
            case when is_valid then 'current' else 'rejected' end as verdict,
            case when is_valid then '' end as _delivery,
            cast(null as string) as _duplicate_of,
            {{ stamps }},
            {{ load.stamp if load.is_rejudging
                else 'case when is_valid then ' ~ load.stamp ~ ' end' }} as _changed_at
        from checked
        {%- if load.has_repeats %}
        where not is_valid or not exists (
            select 1 from repeated where checked.{{ id }} = repeated.{{ id }}
        )
        union all
        select
            {{ kept }}, verdict, _delivery, _duplicate_of, _rules, _load,
            case
                when held_verdict is null and verdict <> 'current'
                    then {{ load.stamp if load.is_rejudging else 'held_changed_at' }}
                when verdict is not distinct from held_verdict then held_changed_at
                when 'current' in (verdict, held_verdict) then {{ load.stamp }}
                else held_changed_at
            end as _changed_at
        from decided
        where
            is_incoming
            or verdict <> held_verdict
            or _duplicate_of is distinct from held_duplicate_of
        {%- endif %}
    )
{%- endmacro %}

{# delivery_columns(registry): what a deliveries model keeps of a line before it has a verdict. #}
{% macro delivery_columns(registry) -%}
    {%- set columns = [] -%}
    {%- for field in registry.fields -%}
        {%- for part in field.fields or [field] -%}
            {%- do columns.append(part.column or part.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(
        columns
        + (['line_item_count', 'kept_line_item_count'] if registry.lines else [])
        + ['is_parsable', 'failed_expectations', 'raw_content', '_source_file', '_ingested_at']
    ) -}}
{%- endmacro %}

{#
  existing_columns(stream): the same of this table: null where it has no column yet for a field that
  the contract gained.
#}
{% macro existing_columns(stream) -%}
    {%- set gained = var('streams')[stream].fields | selectattr('gained') | list -%}
    {%- set columns = [] -%}
    {%- if gained and is_loading() -%}
        {%- set present = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
        {%- for column in delivery_columns(var('streams')[stream]) -%}
            {%- do columns.append(column if column in present else 'null as ' ~ column) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(columns or delivery_columns(var('streams')[stream])) -}}
{%- endmacro %}

{#
  checked_rows(stream): for a FROM clause: the rows of the CTE `typed`, of which `texts` is the
  struct of the bronze columns, and with line items `item_list` those as written. Adds `is_valid`,
  why not (`failed_expectations`) and what was written (`raw_content`), and to each line item the
  same.
#}
{% macro checked_rows(stream) -%}
    {%- set registry = var('streams')[stream] -%}
    (
        {%- if registry.lines %}
        {%- set kept_items = filter_items(
            'typed_items', 'item', meets_expectations(registry.silver, 'item')
        ) -%}
        {%- set item_json = json_of_texts(var('line_item_fields'), 'item.texts.') -%}
        {%- set raw_item = raw_content(stream, "concat('[', " ~ item_json ~ ", ']')") %}
        with itemized as (
            select
                *,
                {{ transform_items('item_list', 'item', typed_line_item('item')) }} as typed_items
            from typed
        ),

        counted as (
            select
                *,
                {{ array_length('typed_items') }} as line_item_count,
                {{ array_length(kept_items) }} as kept_line_item_count
            from itemized
        ),
        {%- else %}
        with counted as (
            select * from typed
        ),
        {%- endif %}

        ruled as (
            select *, {{ meets_expectations(registry.deliveries) }} as is_valid
            from counted
        )

        select
            *,
            {%- if registry.lines %}
            case
                when kept_line_item_count = line_item_count
                    then {{ transform_items(
                        'typed_items', 'item', judged_line_item(registry.silver, 'item')
                    ) }}
                else {{ transform_items(
                    'typed_items', 'item', judged_line_item(registry.silver, 'item', raw_item)
                ) }}
            end as items,
            {%- endif %}
            case
                when is_valid then cast(null as {{ text_array_type() }})
                when _corrupt_record is not null then {{ names(['parsable']) }}
                else {{ failed_expectations(registry.deliveries) }}
            end as failed_expectations,
            case
                when not is_valid then coalesce(_corrupt_record, {{ raw_content(stream) }})
            end as raw_content
        from ruled
    )
{%- endmacro %}

{#
  typed_line_item(item): of a struct of texts, the struct of the typed values, by column, and of the
  `texts` themselves.
#}
{% macro typed_line_item(item) -%}
    {%- set values = {} -%}
    {%- for field in var('line_item_fields') -%}
        {%- set text = item ~ '.' ~ field.name -%}
        {%- do values.update({
            field.column: typed_integer(text) if field.type == 'integer'
                else typed_amount(text, digits=6) if field.type == 'unit_amount'
                else typed_amount(text) if field.type == 'amount'
                else typed_text(text)
        }) -%}
    {%- endfor -%}
    {{- return(struct_of(dict(values, texts=item))) -}}
{%- endmacro %}

{#
  judged_line_item(silver, item, raw): a typed line item with the expectations of `silver` that it
  fails and `raw`, what was written, if it fails some; none of it where `raw` is not given.
#}
{% macro judged_line_item(silver, item, raw=none) -%}
    {%- set fails = 'case when not ' ~ meets_expectations(silver, item) ~ ' then ' -%}
    {{- return(line_item_with(
        item,
        fails ~ failed_expectations(silver, item) ~ ' end' if raw
            else 'cast(null as ' ~ text_array_type() ~ ')',
        fails ~ raw ~ ' end' if raw else 'cast(null as string)',
    )) -}}
{%- endmacro %}

{# line_item_with(item, failed, raw): the struct of a typed line item with its verdict. #}
{% macro line_item_with(item, failed, raw) -%}
    {%- set values = {} -%}
    {%- for column in var('line_item_fields') | map(attribute='column') -%}
        {%- do values.update({column: item ~ '.' ~ column}) -%}
    {%- endfor -%}
    {{- return(struct_of(dict(values, failed_expectations=failed, raw_content=raw))) -}}
{%- endmacro %}

{# bronze_texts(stream): the struct `texts` of a stream's bronze columns. #}
{% macro bronze_texts(stream) -%}
    {%- set names = var('streams')[stream].fields | map(attribute='name') | list -%}
    {{- return(struct_of(dict(zip(names, names)))) -}}
{%- endmacro %}

{# rules_of(stream): a hash of the `drop` rules that judge a stream. #}
{% macro rules_of(stream) -%}
    {%- set registry = var('streams')[stream] -%}
    {%- set rules = [] -%}
    {%- for model in [registry.deliveries, registry.silver] -%}
        {%- for rule in expectations(model, 'drop') -%}
            {%- do rules.append(rule.name ~ ': ' ~ rule.expression) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(local_md5(rules | join('\n'))) -}}
{%- endmacro %}

{# line_item_columns(): the columns of a line item, from the struct `item` of explode_items. #}
{% macro line_item_columns() -%}
    {%- for column in var('line_item_fields') | map(attribute='column') -%}
        item.{{ column }} as {{ column }},
        {% endfor -%}
        item.failed_expectations as item_failed_expectations,
        item.raw_content as item_raw_content
{%- endmacro %}

{% macro is_not_from_the_future() -%}
    {%- set hours = var('max_future_hours') -%}
    {%- if hours is none -%}
        {{- return('true') -}}
    {%- endif -%}
    {#- Rules are the same text on both engines. -#}
    {%- set arrived_at = "greatest(_ingested_at, timestamp '" ~ var('clock_not_before')
        ~ " 00:00:00Z')" -%}
    {{- return(
        'coalesce(greatest(event_at, updated_at) <= ' ~ arrived_at ~ " + interval '" ~ hours
        ~ "' hour, true)"
    ) -}}
{%- endmacro %}
