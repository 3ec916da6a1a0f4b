{#
  typed_list(list): a list's rows with typed values; `unusable_columns` names those that have none
  and should. A column that the CSV does not have is null everywhere, which is no fault of a row.
#}
{% macro typed_list(list) -%}
    {%- set seed = ref(list.seed) -%}
    {%- set found = adapter.get_columns_in_relation(seed) | map(attribute='name') | map('lower')
        | list if is_loading() else list.columns | list + [list.number, 'updated_at'] -%}
    (
        select
            *,
            nullif(
                concat_ws(
                    ', '
                    {%- for column in list.columns if column in found %},
                    case when {{ 'has_' ~ column ~ ' and ' if column in list.optional -}}
                        {{ column }} is null then '{{ column }}' end
                    {%- endfor %},
                    case when has_updated_at and updated_on is null then 'updated_at' end
                ),
                ''
            ) as unusable_columns
        from (
            select
                {{ typed_text(list.id) }} as {{ list.id }},
                {{ typed_value(list.number, 'count', found) }} as list_number,
                {%- for column, type in list.columns.items() %}
                {{ typed_value(column, type, found) }} as {{ column }},
                {%- endfor %}
                {%- for column in list.optional if column in found %}
                {{ typed_text(column) }} is not null as has_{{ column }},
                {%- endfor %}
                {{ typed_value('updated_at', 'business_day', found) }} as updated_on,
                {{ typed_text('updated_at') if 'updated_at' in found else 'null' }} is not null
                    as has_updated_at
            from {{ seed }}
        ) as typed_values
    )
{%- endmacro %}

{# typed_value(column, type, found): a text column of a list as the type that the list gives it. #}
{% macro typed_value(column, type, found) -%}
    {%- set types = {
        'text': 'string', 'flag': 'boolean', 'day': 'date', 'business_day': 'date', 'count': 'int',
        'money': 'decimal(18, 2)', 'price': 'decimal(18, 2)', 'share': 'decimal(7, 5)',
        'percent': 'decimal(5, 2)', 'degrees': 'double',
    } -%}
    {%- set day = ' *[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}([T ][0-9:.]*)? *' -%}
    {%- set trimmed = "trim(both ' ' from " ~ column ~ ')' -%}
    {%- set as_day = 'case when ' ~ matches(column, day) ~ ' then try_cast(substr(' ~ trimmed
        ~ ', 1, 10) as date)' -%}
    {%- if column not in found -%}
        cast(null as {{ types[type] }})
    {%- elif type == 'text' -%}
        {{ typed_text(column) }}
    {%- elif type == 'flag' -%}
        case {{ typed_word(column) }} when 'true' then true when 'false' then false end
    {%- elif type == 'day' -%}
        {{ as_day }} end
    {%- elif type == 'business_day' -%}
        {{ as_day }}
            when {{ typed_timestamp(column) }} is not null
                then {{ local_date(local_timestamp(typed_timestamp(column), business_timezone())) }}
        end
    {%- elif type == 'count' -%}
        case when {{ matches(column, ' *[0-9]+ *') }} then try_cast({{ trimmed }} as int) end
    {%- elif type == 'money' -%}
        {{ typed_amount(column) }}
    {%- elif type == 'degrees' -%}
        case
            when abs({{ typed_amount(column, 6) }}) <= 180 then try_cast({{ trimmed }} as double)
        end
    {%- else -%}
        {%- set digits = 5 if type == 'share' else 2 -%}
        {%- set greatest = {'price': '1000000000', 'share': '1', 'percent': '100'}[type] -%}
        case
            when {{ typed_amount(column, digits) }} between 0 and {{ greatest }}
                then cast({{ typed_amount(column, digits) }} as {{ types[type] }})
        end
    {%- endif -%}
{%- endmacro %}
