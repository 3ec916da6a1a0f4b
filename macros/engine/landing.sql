{#
  read_landing(source, fields): the events of `<landing_path>/<source>` as a relation for a FROM clause.

  Contract, the same on both engines:
    * one row a line that is not blank; nothing is filtered, nothing is cast;
    * every name in `fields` as text, nested values as their JSON text;
    * _corrupt_record: the whole line when it is not one JSON object in valid UTF-8, else null
      (a line that is not UTF-8 is kept byte for byte, each byte as one Latin-1 character);
    * _rescued_data: a JSON object of the fields that `fields` does not name, null where there are none;
    * _source_file: the path of the file, _ingested_at: when its batch was taken in.
  To be used in a model that is materialized as a streaming_table: it sees each file once.
#}
{% macro read_landing(source, fields) -%}
    {{ return(adapter.dispatch('read_landing', 'retail_medallion')(source, fields)) }}
{%- endmacro %}


{#
  Lines, not read_files' own JSON reader: that one takes `[{…}]` and `{…} {…}` for rows and forgets
  the rest of the line. A line inside a JSON array must be its one element, and inside a JSON object
  its one value; nothing but a single value followed by nothing can be both.
#}
{% macro databricks__read_landing(source, fields) -%}
    (
        with landed as (
            select
                is_valid_utf8(value) as is_utf8,
                -- Without the byte order mark of a file and the carriage return of a line.
                case
                    when is_valid_utf8(value) then regexp_replace(value, r'\A\x{FEFF}|\r\z', '')
                    else regexp_replace(decode(cast(value as binary), 'ISO-8859-1'), r'\A\xEF\xBB\xBF|\r\z', '')
                end as line,
                _metadata.file_path as _source_file
            from STREAM read_files(
                '{{ landing_path(source) }}/*.{json,json.gz}',
                format => 'text',
                schema => 'value string',
                lineSep => '\n'
            )
        ),

        guarded as (
            select
                *,
                is_utf8 and line rlike r'\A[ \t\r]*\{' and line rlike r'\}[ \t\r]*\z'
                -- Half of a surrogate pair, once whole pairs and escaped backslashes are out of the way.
                and not regexp_replace(
                    replace(line, r'\\', ''), r'(?i)\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}', ''
                ) rlike r'(?i)\\ud[89a-f]' as is_braced
            from landed
            where line rlike r'[^ \t\r]'
                -- Whatever a pattern of read_files lets in: files of the folder itself, hidden ones left out.
                and _source_file rlike r'/{{ source }}/[^/_.][^/]*[.]json([.]gz)?\z'
        ),

        parsed as (
            select
                *,
                case when is_braced then
                    from_json(
                        concat('[', line, ']'),
                        'array<map<string, string>>',
                        map('allowSingleQuotes', 'false')
                    )
                end as elements,
                case when is_braced then
                    from_json(
                        concat('{"line":', line, '}'),
                        'map<string, string>',
                        map('allowSingleQuotes', 'false')
                    )
                end as wrapped
            from guarded
        ),

        judged as (
            select
                *,
                case when size(elements) = 1 and size(wrapped) = 1 then elements[0] end as event
            from parsed
        )

        select
            {% for field in fields -%}
            event['{{ field }}'] as `{{ field }}`,
            {% endfor -%}
            case when event is null then line end as _corrupt_record,
            case
                when size(map_filter(event, (name, content) -> not array_contains({{ text_array(fields) }}, name))) > 0
                    then to_json(map_filter(event, (name, content) -> not array_contains({{ text_array(fields) }}, name)))
            end as _rescued_data,
            _source_file,
            current_timestamp() as _ingested_at
        from judged
    )
{%- endmacro %}


{#
  A temporary view of that name stands for the new files while the streaming table is built (see
  streaming_table.sql, which gets `source` and `fields` from here). Outside a load there is none.
#}
{% macro duckdb__read_landing(source, fields) -%}
    {%- if execute -%}
        {%- do config.get('meta').update({'landing': {'source': source, 'fields': fields}}) -%}
    {%- endif -%}
    {{- 'landing_' ~ source -}}
{%- endmacro %}


{# The folder or volume path of one source, as an SQL-safe text. #}
{% macro landing_path(source) -%}
    {{- (var('landing_path').rstrip('/') ~ '/' ~ source) | replace("'", "''") -}}
{%- endmacro %}


{% macro text_array(values) -%}
    array({% for value in values %}'{{ value }}'{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
