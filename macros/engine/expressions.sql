{# matches(text, pattern): whether the whole text fits the pattern (a regular expression both engines read). #}
{% macro matches(text, pattern) -%}
    {{ return(adapter.dispatch('matches', 'retail_medallion')(text, pattern)) }}
{%- endmacro %}

{% macro databricks__matches(text, pattern) -%}
    {{ text }} rlike r'\A(?:{{ pattern }})\z'
{%- endmacro %}

{% macro duckdb__matches(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}


{#
  utc_timestamp(text): a text of the contract's form that ends in Z or an offset (blanks around it don't
  matter) as a timestamp in UTC; null where there is no such day.
#}
{% macro utc_timestamp(text) -%}
    {{ return(adapter.dispatch('utc_timestamp', 'retail_medallion')(text)) }}
{%- endmacro %}

{# Databricks' own cast takes no time without seconds and no offset beyond 18 hours. #}
{% macro databricks__utc_timestamp(text) -%}
    {%- set part = [] -%}
    {%- for number in range(6) -%}
        {%- do part.append(
            'regexp_extract(' ~ text ~ ", r'^ *([^ ]{10}.[0-9:]{5})(:[0-9.]+)?(Z|[+-])([0-9]{2})?:?([0-9]{2})? *$', " ~ number ~ ')'
        ) -%}
    {%- endfor -%}
    case
        when {{ text }} rlike r':[0-9]{2}:[0-9.]+Z *$' then try_cast({{ text }} as timestamp)
        else timestamp_micros(
            unix_micros(try_cast(concat({{ part[1] }}, coalesce(nullif({{ part[2] }}, ''), ':00'), 'Z') as timestamp))
            - case {{ part[3] }} when '+' then 60000000 when '-' then -60000000 else 0 end
            * coalesce(try_cast({{ part[4] }} as bigint) * 60 + try_cast({{ part[5] }} as bigint), 0)
        )
    end
{%- endmacro %}

{% macro duckdb__utc_timestamp(text) -%}
    try_cast({{ text }} as timestamptz) at time zone 'UTC'
{%- endmacro %}


{# micros(instant): microseconds since 1970-01-01 UTC, whatever the session's time zone; from_micros is its inverse. #}
{% macro micros(instant) -%}
    {{ return(adapter.dispatch('micros', 'retail_medallion')(instant)) }}
{%- endmacro %}

{% macro databricks__micros(instant) -%}
    unix_micros({{ instant }})
{%- endmacro %}

{% macro duckdb__micros(instant) -%}
    epoch_us({{ instant }})
{%- endmacro %}

{% macro from_micros(number) -%}
    {{ return(adapter.dispatch('from_micros', 'retail_medallion')(number)) }}
{%- endmacro %}

{% macro databricks__from_micros(number) -%}
    timestamp_micros({{ number }})
{%- endmacro %}

{% macro duckdb__from_micros(number) -%}
    make_timestamp({{ number }})
{%- endmacro %}


{# later(instant, days, minutes): so many days of 24 hours and minutes later, to the microsecond. #}
{% macro later(instant, days=0, minutes=0) -%}
    {{- from_micros(micros(instant) ~ ' + ' ~ days ~ ' * 86400000000 + ' ~ minutes ~ ' * 60000000') -}}
{%- endmacro %}


{# utc_date(instant): its day in UTC, whatever the session's time zone. #}
{% macro utc_date(instant) -%}
    {{ return(adapter.dispatch('utc_date', 'retail_medallion')(instant)) }}
{%- endmacro %}

{% macro databricks__utc_date(instant) -%}
    date_from_unix_date(cast((unix_micros({{ instant }}) - pmod(unix_micros({{ instant }}), 86400000000)) div 86400000000 as int))
{%- endmacro %}

{% macro duckdb__utc_date(instant) -%}
    cast({{ instant }} as date)
{%- endmacro %}


{# minute_of_day(instant): whole minutes since UTC midnight, floored. #}
{% macro minute_of_day(instant) -%}
    {{ return(adapter.dispatch('minute_of_day', 'retail_medallion')(instant)) }}
{%- endmacro %}

{% macro databricks__minute_of_day(instant) -%}
    cast(pmod(unix_micros({{ instant }}), 86400000000) div 60000000 as int)
{%- endmacro %}

{% macro duckdb__minute_of_day(instant) -%}
    cast(hour({{ instant }}) * 60 + minute({{ instant }}) as int)
{%- endmacro %}


{# parse_items(text, fields): a JSON array as an array of structs of texts, one per element, in order;
   an element that is no object has every field null; null where the text is no array. #}
{% macro parse_items(text, fields) -%}
    {{ return(adapter.dispatch('parse_items', 'retail_medallion')(text, fields)) }}
{%- endmacro %}

{# Element by element: one bad element would make a whole array<struct<…>> null. #}
{% macro databricks__parse_items(text, fields) -%}
    transform(
        {{ databricks__json_elements(text) }},
        element -> from_json(
            case when element.is_object then element.text end,
            '{% for field in fields %}{{ field }} string{{ ', ' if not loop.last }}{% endfor %}'
        )
    )
{%- endmacro %}

{#
  The elements of a JSON array as structs of their text and whether they are objects; null where the
  text is no array. A text inside an object must be one value, inside an array one element: nothing
  but a whole value is both. As array<string> an object and a text that holds one look the same.
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
                try_variant_get(try_parse_json(concat('[', {{ text }}, ']')), '$[0]', 'array<variant>'),
                element -> schema_of_variant(element)
            ),
            (text, kind) -> named_struct('text', text, 'is_object', left(text, 1) = '{' and kind <> 'STRING')
        )
    end
{%- endmacro %}

{% macro duckdb__parse_items(text, fields) -%}
    case
        when {{ text }} like '[%' then try(json_transform(
            {{ text }},
            '[{ {%- for field in fields %}"{{ field }}": "VARCHAR"{{ ', ' if not loop.last }}{% endfor -%} }]'
        ))
    end
{%- endmacro %}


{# item_count(text): the number of elements of a JSON array, null where the text is none. #}
{% macro item_count(text) -%}
    {{ return(adapter.dispatch('item_count', 'retail_medallion')(text)) }}
{%- endmacro %}

{% macro databricks__item_count(text) -%}
    array_size({{ databricks__json_elements(text) }})
{%- endmacro %}

{% macro duckdb__item_count(text) -%}
    case when {{ text }} like '[%' then cast(try(json_array_length({{ text }})) as int) end
{%- endmacro %}


{# join_items(array, item, expression, separator): the expression, a text, of each element, joined in order. #}
{% macro join_items(array, item, expression, separator='|') -%}
    {{ return(adapter.dispatch('join_items', 'retail_medallion')(array, item, expression, separator)) }}
{%- endmacro %}

{% macro databricks__join_items(array, item, expression, separator) -%}
    array_join(transform({{ array }}, {{ item }} -> {{ expression }}), '{{ separator }}')
{%- endmacro %}

{% macro duckdb__join_items(array, item, expression, separator) -%}
    array_to_string(list_transform({{ array }}, lambda {{ item }}: {{ expression }}), '{{ separator }}')
{%- endmacro %}


{# array_of(elements): an array of these elements. #}
{% macro array_of(elements) -%}
    {{ return(adapter.dispatch('array_of', 'retail_medallion')(elements)) }}
{%- endmacro %}

{% macro databricks__array_of(elements) -%}
    array({{ elements | join(', ') }})
{%- endmacro %}

{% macro duckdb__array_of(elements) -%}
    [{{ elements | join(', ') }}]
{%- endmacro %}


{# struct_of(fields): a struct from a mapping of names to values. #}
{% macro struct_of(fields) -%}
    {{ return(adapter.dispatch('struct_of', 'retail_medallion')(fields)) }}
{%- endmacro %}

{% macro databricks__struct_of(fields) -%}
    named_struct({% for name, value in fields.items() %}'{{ name }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro duckdb__struct_of(fields) -%}
    {{ '{' }}{% for name, value in fields.items() %}'{{ name }}': {{ value }}{{ ', ' if not loop.last }}{% endfor %}{{ '}' }}
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
        select {{ relation }}.*, cast(unnest(range(1, len({{ array }}) + 1)) as int) as line_number, unnest({{ array }}) as item
        from {{ relation }}
    )
{%- endmacro %}


{# parse_object(text, fields): a JSON object as a struct of texts; null where the text is no object. #}
{% macro parse_object(text, fields) -%}
    {{ return(adapter.dispatch('parse_object', 'retail_medallion')(text, fields)) }}
{%- endmacro %}

{# from_json forgets what follows an object; but nothing other than one whole value fits into an array alone and into an object. #}
{% macro databricks__parse_object(text, fields) -%}
    case
        when
            left({{ text }}, 1) = '{'
            and size(from_json(
                concat('[', {{ text }}, ']'), 'array<map<string, string>>', map('allowSingleQuotes', 'false')
            )) = 1
            then from_json(
                concat('{"object":', {{ text }}, '}'),
                'object struct<{% for field in fields %}{{ field }}: string{{ ', ' if not loop.last }}{% endfor %}>',
                map('allowSingleQuotes', 'false')
            ).object
    end
{%- endmacro %}

{% macro duckdb__parse_object(text, fields) -%}
    case when left({{ text }}, 1) = '{' then try(json_transform({{ text }}, '{{ duckdb__field_types(fields) | replace("'", '"') }}')) end
{%- endmacro %}


{#
  url_parameter(url, name): the first parameter of that name in the query of a URL, percent-decoded and
  `+` a blank; as it stands where an escape is malformed or is no UTF-8; empty or null where there is none.
#}
{% macro url_parameter(url, name) -%}
    {{ return(adapter.dispatch('url_parameter', 'retail_medallion')(url, name)) }}
{%- endmacro %}

{#
  Databricks takes `%+1` for an escape, and U+FFFD for bytes that are no UTF-8: those show once each
  U+FFFD that is meant is out of the way.
#}
{% macro databricks__url_parameter(url, name) -%}
    {%- set raw = 'regexp_extract(' ~ url ~ ", r'" ~ url_parameter_pattern(name) ~ "', 1)" -%}
    case
        when
            {{ matches(raw, well_escaped_pattern()) }}
            and not try_url_decode(regexp_replace({{ raw }}, r'(?i)%EF%BF%BD|\x{FFFD}', '-')) rlike r'\x{FFFD}'
            then try_url_decode({{ raw }})
        else {{ raw }}
    end
{%- endmacro %}

{# DuckDB leaves `+` and malformed escapes as they are, and fails on bytes that are no UTF-8. #}
{% macro duckdb__url_parameter(url, name) -%}
    {%- set raw = 'regexp_extract(' ~ url ~ ", '" ~ url_parameter_pattern(name) ~ "', 1)" -%}
    case
        when {{ matches(raw, well_escaped_pattern()) }}
            then coalesce(try(url_decode(replace({{ raw }}, '+', ' '))), {{ raw }})
        else {{ raw }}
    end
{%- endmacro %}

{% macro url_parameter_pattern(name) -%}
    ^[^?#]*[?](?:[^#]*?&)??{{ name }}=([^&#]*)
{%- endmacro %}

{% macro well_escaped_pattern() -%}
    (?:[^%]|%[0-9A-Fa-f]{2})*
{%- endmacro %}


{# json_string(value): a text as a JSON string with its quotes, or the word null. #}
{% macro json_string(value) -%}
    {{ return(adapter.dispatch('json_string', 'retail_medallion')(value)) }}
{%- endmacro %}

{% macro databricks__json_string(value) -%}
    coalesce(
        nullif(regexp_extract(to_json(named_struct('v', {{ value }})), r'(?s)\A\{"v":(.*)\}\z', 1), ''),
        'null'
    )
{%- endmacro %}

{% macro duckdb__json_string(value) -%}
    coalesce(cast(to_json({{ value }}) as varchar), 'null')
{%- endmacro %}


{# names_where(conditions): of a mapping name → SQL condition, an array of the names whose condition holds. #}
{% macro names_where(conditions) -%}
    {{ return(adapter.dispatch('names_where', 'retail_medallion')(conditions)) }}
{%- endmacro %}

{% macro databricks__names_where(conditions) -%}
    array_compact(array(
        {% for name, condition in conditions.items() -%}
        case when {{ condition }} then '{{ name }}' end{{ ', ' if not loop.last }}
        {% endfor -%}
    ))
{%- endmacro %}

{% macro duckdb__names_where(conditions) -%}
    list_filter(
        [
            {% for name, condition in conditions.items() -%}
            case when {{ condition }} then '{{ name }}' end{{ ', ' if not loop.last }}
            {% endfor -%}
        ],
        lambda name: name is not null
    )
{%- endmacro %}


{# names(list): a literal array of texts. #}
{% macro names(texts) -%}
    {{ return(adapter.dispatch('names', 'retail_medallion')(texts)) }}
{%- endmacro %}

{% macro databricks__names(texts) -%}
    array('{{ texts | join("', '") }}')
{%- endmacro %}

{% macro duckdb__names(texts) -%}
    ['{{ texts | join("', '") }}']
{%- endmacro %}


{# raise_error(message): stops the statement with that message where it is evaluated; of type boolean. #}
{% macro raise_error(message) -%}
    {{ return(adapter.dispatch('raise_error', 'retail_medallion')(message)) }}
{%- endmacro %}

{% macro databricks__raise_error(message) -%}
    cast(raise_error({{ message }}) as boolean)
{%- endmacro %}

{% macro duckdb__raise_error(message) -%}
    cast(error({{ message }}) as boolean)
{%- endmacro %}


{# listagg_text(column): the texts of a group joined by `, `; null for an empty group. #}
{% macro listagg_text(column) -%}
    {{ return(adapter.dispatch('listagg_text', 'retail_medallion')(column)) }}
{%- endmacro %}

{% macro databricks__listagg_text(column) -%}
    nullif(array_join(collect_list({{ column }}), ', '), '')
{%- endmacro %}

{% macro duckdb__listagg_text(column) -%}
    string_agg({{ column }}, ', ')
{%- endmacro %}


{# array_text(array): the texts of an array joined by `|`. #}
{% macro array_text(array) -%}
    {{ return(adapter.dispatch('array_text', 'retail_medallion')(array)) }}
{%- endmacro %}

{% macro databricks__array_text(array) -%}
    array_join({{ array }}, '|')
{%- endmacro %}

{% macro duckdb__array_text(array) -%}
    array_to_string({{ array }}, '|')
{%- endmacro %}


{# warehouse_name(): where the tables are, in words that a user can find again. #}
{% macro warehouse_name() -%}
    {{ return(adapter.dispatch('warehouse_name', 'retail_medallion')()) }}
{%- endmacro %}

{% macro databricks__warehouse_name() -%}
    {{- target.database ~ '.' ~ target.schema -}}
{%- endmacro %}

{% macro duckdb__warehouse_name() -%}
    {{- target.path -}}
{%- endmacro %}


{# text_literal(text): a text as a literal. #}
{% macro text_literal(text) -%}
    {{ return(adapter.dispatch('text_literal', 'retail_medallion')(text | string)) }}
{%- endmacro %}

{% macro databricks__text_literal(text) -%}
    '{{ text | replace('\\', '\\\\') | replace("'", "\\'") }}'
{%- endmacro %}

{% macro duckdb__text_literal(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}
