{#
  parse_items(text, fields): a JSON array as an array of structs of the texts of registered fields,
  one per element, in order; an element that is no object has every field null; null where the text
  is no array.
#}
{% macro parse_items(text, fields) -%}
    {{ return(adapter.dispatch('parse_items', 'retail_medallion')(
        text, fields | map(attribute='name') | list
    )) }}
{%- endmacro %}

{# Element by element: one bad element would make a whole array<struct<…>> null. #}
{% macro databricks__parse_items(text, fields) -%}
    transform(
        {{ databricks__json_elements(text) }},
        element -> from_json(
            case when element.is_object then element.text end,
            '{{ fields | join(' string, ') }} string'
        )
    )
{%- endmacro %}

{#
  The elements of a JSON array as structs of their text and whether they are objects. A text inside
  an object must be one value, inside an array one element: nothing but a whole value is both.
#}
{% macro databricks__json_elements(text) -%}
    case when {{ text }} like '[%' then
        zip_with(
            from_json(
                concat('{"items":', {{ text }}, '}'),
                'map<string, array<string>>',
                map('allowSingleQuotes', 'false')
            )['items'],
            transform(
                try_variant_get(
                    try_parse_json(concat('[', {{ text }}, ']')), '$[0]', 'array<variant>'
                ),
                element -> schema_of_variant(element)
            ),
            (text, kind) -> named_struct(
                'text', text, 'is_object', left(text, 1) = '{' and kind <> 'STRING'
            )
        )
    end
{%- endmacro %}

{% macro duckdb__parse_items(text, fields) -%}
    case
        when {{ text }} like '[%' then try(json_transform(
            {{ text }},
            '[{{ duckdb__field_types(fields) | replace("'", '"') }}]'
        ))
    end
{%- endmacro %}

{# join_items(array, item, expression, separator): a text expression of each element, joined. #}
{% macro join_items(array, item, expression, separator='|') -%}
    {{ return(adapter.dispatch('join_items', 'retail_medallion')(
        array, item, expression, separator
    )) }}
{%- endmacro %}

{% macro databricks__join_items(array, item, expression, separator) -%}
    array_join({{ databricks__transform_items(array, item, expression) }}, '{{ separator }}')
{%- endmacro %}

{% macro duckdb__join_items(array, item, expression, separator) -%}
    array_to_string({{ duckdb__transform_items(array, item, expression) }}, '{{ separator }}')
{%- endmacro %}

{# struct_of(fields): a struct from a mapping of names to values. #}
{% macro struct_of(fields) -%}
    {{ return(adapter.dispatch('struct_of', 'retail_medallion')(fields)) }}
{%- endmacro %}

{% macro databricks__struct_of(fields) -%}
    named_struct(
        {%- for name, value in fields.items() -%}
        '{{ name }}', {{ value }}{{ ', ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}

{% macro duckdb__struct_of(fields) -%}
    { {%- for name, value in fields.items() -%}
    '{{ name }}': {{ value }}{{ ', ' if not loop.last }}
    {%- endfor -%} }
{%- endmacro %}

{#
  explode_items(relation, array): for a FROM clause: each row of `relation` once per element of its
  array, with all of its columns, the struct `item` and its position `line_number` (from 1).
#}
{% macro explode_items(relation, array) -%}
    {{ return(adapter.dispatch('explode_items', 'retail_medallion')(relation, array)) }}
{%- endmacro %}

{% macro databricks__explode_items(relation, array) -%}
    (
        select {{ relation }}.*, cast(position + 1 as int) as line_number, item
        from {{ relation }}
        lateral view posexplode({{ array }}) as position, item
    )
{%- endmacro %}

{% macro duckdb__explode_items(relation, array) -%}
    (
        select
            {{ relation }}.*,
            cast(unnest(range(1, len({{ array }}) + 1)) as int) as line_number,
            unnest({{ array }}) as item
        from {{ relation }}
    )
{%- endmacro %}

{# parse_object(text, fields): a JSON object as a struct of texts; null where it is none. #}
{% macro parse_object(text, fields) -%}
    {{ return(adapter.dispatch('parse_object', 'retail_medallion')(text, fields)) }}
{%- endmacro %}

{# from_json forgets what follows an object; only a whole value fits into an array and an object. #}
{% macro databricks__parse_object(text, fields) -%}
    case
        when
            left({{ text }}, 1) = '{'
            and size(from_json(
                concat('[', {{ text }}, ']'),
                'array<map<string, string>>',
                map('allowSingleQuotes', 'false')
            )) = 1
            then from_json(
                concat('{"object":', {{ text }}, '}'),
                'object struct<{{ fields | join(': string, ') }}: string>',
                map('allowSingleQuotes', 'false')
            ).object
    end
{%- endmacro %}

{% macro duckdb__parse_object(text, fields) -%}
    case
        when left({{ text }}, 1) = '{'
            then try(json_transform(
                {{ text }}, '{{ duckdb__field_types(fields) | replace("'", '"') }}'
            ))
    end
{%- endmacro %}

{# json_string(value): a text as a JSON string with its quotes, or the word null. #}
{% macro json_string(value) -%}
    {{ return(adapter.dispatch('json_string', 'retail_medallion')(value)) }}
{%- endmacro %}

{% macro databricks__json_string(value) -%}
    coalesce(
        nullif(
            regexp_extract(to_json(named_struct('v', {{ value }})), r'(?s)\A\{"v":(.*)\}\z', 1), ''
        ),
        'null'
    )
{%- endmacro %}

{% macro duckdb__json_string(value) -%}
    coalesce(cast(to_json({{ value }}) as varchar), 'null')
{%- endmacro %}

{# transform_items(array, item, expression): an array of the expression of each element, `item`. #}
{% macro transform_items(array, item, expression) -%}
    {{ return(adapter.dispatch('transform_items', 'retail_medallion')(array, item, expression)) }}
{%- endmacro %}

{% macro databricks__transform_items(array, item, expression) -%}
    transform({{ array }}, {{ item }} -> {{ expression }})
{%- endmacro %}

{% macro duckdb__transform_items(array, item, expression) -%}
    list_transform({{ array }}, lambda {{ item }}: {{ expression }})
{%- endmacro %}

{# filter_items(array, item, condition): an array of the elements, each as `item`, that meet it. #}
{% macro filter_items(array, item, condition) -%}
    {{ return(adapter.dispatch('filter_items', 'retail_medallion')(array, item, condition)) }}
{%- endmacro %}

{% macro databricks__filter_items(array, item, condition) -%}
    filter({{ array }}, {{ item }} -> {{ condition }})
{%- endmacro %}

{% macro duckdb__filter_items(array, item, condition) -%}
    list_filter({{ array }}, lambda {{ item }}: {{ condition }})
{%- endmacro %}

{# array_length(array): the number of its elements as int; null where there is no array. #}
{% macro array_length(array) -%}
    {{ return(adapter.dispatch('array_length', 'retail_medallion')(array)) }}
{%- endmacro %}

{% macro databricks__array_length(array) -%}
    array_size({{ array }})
{%- endmacro %}

{% macro duckdb__array_length(array) -%}
    cast(len({{ array }}) as int)
{%- endmacro %}
