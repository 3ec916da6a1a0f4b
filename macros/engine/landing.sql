{% macro read_landing(stream) -%}
    {{ return(adapter.dispatch('read_landing', 'retail_medallion')(
        stream, var('streams')[stream].fields | map(attribute='name') | list
    )) }}
{%- endmacro %}

{#
  Lines, not read_files' own JSON reader: that one takes `[{...}]` and `{...} {...}` for rows and
  forgets the rest of the line. A line inside a JSON array must be its one element, and inside a
  JSON object its one value; nothing but a single value followed by nothing can be both.
#}
{% macro databricks__read_landing(source, fields) -%}
    {%- set unknown = 'map_filter(event, (name, content) -> not array_contains('
        ~ names(fields) ~ ', name))' -%}
    (
        with landed as (
            select
                is_valid_utf8(value) as is_utf8,
                -- Without the byte order mark of a file and the carriage return of a line.
                case
                    when is_valid_utf8(value) then regexp_replace(value, r'\A\x{FEFF}|\r\z', '')
                    else regexp_replace(
                        decode(cast(value as binary), 'ISO-8859-1'), r'\A\xEF\xBB\xBF|\r\z', ''
                    )
                end as line,
                {{ databricks__source_file(source) }} as _source_file
            from STREAM read_files(
                '{{ landing_path(source) }}/*.{json,json.gz}',
                format => 'text', schema => 'value string', lineSep => '\n'
            )
        ),

        guarded as (
            select
                *,
                is_utf8 and line rlike r'\A[ \t\r]*\{' and line rlike r'\}[ \t\r]*\z'
                -- Half of a surrogate pair, without whole pairs and escaped backslashes.
                and not regexp_replace(
                    replace(line, r'\\', ''), r'(?i)\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}', ''
                ) rlike r'(?i)\\ud[89a-f]' as is_braced
            from landed
            where line rlike r'[^ \t\r]'
                -- Files of the folder itself, whatever a pattern lets in; no hidden ones.
                and _source_file rlike r'\A{{ source }}/[^/_.][^/]*[.]json([.]gz)?\z'
        ),

        parsed as (
            select
                *,
                case when is_braced then from_json(
                    concat('[', line, ']'),
                    'array<map<string, string>>', map('allowSingleQuotes', 'false')
                ) end as elements,
                case when is_braced then from_json(
                    concat('{"line":', line, '}'),
                    'map<string, string>', map('allowSingleQuotes', 'false')
                ) end as wrapped
            from guarded
        ),

        judged as (
            select
                *,
                case when size(elements) = 1 and size(wrapped) = 1 then elements[0] end as event
            from parsed
        )

        select
            {% for field in fields %}event['{{ field }}'] as `{{ field }}`, {% endfor %}
            case when event is null then line end as _corrupt_record,
            case when size({{ unknown }}) > 0 then to_json({{ unknown }}) end as _rescued_data,
            _source_file,
            current_timestamp() as _ingested_at
        from judged
    )
{%- endmacro %}

{# A temporary view stands for the new files in a load (see streaming_table.sql). #}
{% macro duckdb__read_landing(source, fields) -%}
    {{- 'landing_' ~ source -}}
{%- endmacro %}

{# The path of a file within the landing folder; Databricks escapes some of its characters. #}
{% macro databricks__source_file(source) -%}
    {%- set path = "substring_index(_metadata.file_path, '" ~ landing_path(source) ~ "/', -1)" -%}
    concat('{{ source }}/', coalesce(try_url_decode(replace({{ path }}, '+', '%2B')), {{ path }}))
{%- endmacro %}

{# The folder or volume path of one source, as an SQL-safe text. #}
{% macro landing_path(source) -%}
    {{- (var('landing_path').rstrip('/') ~ '/' ~ source) | replace("'", "''") -}}
{%- endmacro %}
