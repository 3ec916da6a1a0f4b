{#
  streaming_table on DuckDB: what Databricks' own does for files. The landing folder minus the ledger
  (`<table>__files`) is what is new; its rows and its ledger entries are committed together, so a run
  that dies in between repeats nothing and loses nothing. --full-refresh starts from an empty ledger.
  The ledger also keeps what a file was like when it was taken in: its size, when it had been written,
  and its lines that are not blank, counted in another pass than the one that makes the rows.
#}
{% materialization streaming_table, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set is_new = existing is none or should_full_refresh() -%}
    {%- set landing = config.get('meta')['landing'] -%}
    {%- set ledger = this.incorporate(path={'identifier': this.identifier ~ '__files'}) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- call statement('ledger', auto_begin=True) -%}
        {{ 'create or replace table' if is_new else 'create table if not exists' }} {{ ledger }} (
            path varchar not null,
            ingested_at timestamp not null,
            size_bytes bigint,
            modified_at timestamp,
            line_count bigint
        )
    {%- endcall -%}

    {%- set files = duckdb__new_landing_files(landing.source, ledger) -%}
    {%- if files -%}
        {%- call statement('landing_files') -%}
            create or replace temp table landing_files as
            {{ duckdb__landing_files(files, landing.fields) }}
        {%- endcall -%}
    {%- endif -%}
    {%- set odd_files = duckdb__odd_landing_files(files) -%}
    {%- if odd_files -%}
        {%- call statement('landing_lines', language='python') -%}
            {{ duckdb__fill_landing_lines(odd_files) }}
        {%- endcall -%}
    {%- endif -%}
    {%- set ingested_at = duckdb__next_ingestion_time(ledger) -%}

    {%- call statement('landing') -%}
        create or replace temp view {{ 'landing_' ~ landing.source }} as
        {{ duckdb__landing_rows(files | reject('in', odd_files) | list, odd_files, landing.fields, ingested_at) }}
    {%- endcall -%}

    {%- if not is_new -%}
        {# A column that the contract has anew is null in older rows. #}
        {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
        {%- for column in get_column_schema_from_query(sql) | rejectattr('name', 'in', columns) -%}
            {%- call statement('new_column') -%}
                alter table {{ this }} add column {{ adapter.quote(column.name) }} {{ column.data_type }}
            {%- endcall -%}
        {%- endfor -%}
    {%- endif -%}

    {%- call statement('main') -%}
        {%- if is_new -%}
            create or replace table {{ this }} as {{ sql }}
        {%- else -%}
            insert into {{ this }} by name {{ sql }}
        {%- endif -%}
    {%- endcall -%}

    {%- if files -%}
        {%- call statement('ledger_entries') -%}
            insert into {{ ledger }} (path, ingested_at, size_bytes, modified_at, line_count)
            select path, {{ ingested_at }}, size_bytes, modified_at, {{ duckdb__line_count(odd_files) }}
            from landing_files
        {%- endcall -%}
    {%- endif -%}

    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{# Paths in the landing folder that the ledger does not hold, in order. #}
{% macro duckdb__new_landing_files(source, ledger) %}
    {%- set folder = duckdb__glob_literal(var('landing_path').rstrip('/') ~ '/' ~ source) -%}
    {%- set landed = run_query(
        "select file from glob('" ~ folder ~ "/*.json') union all select file from glob('" ~ folder ~ "/*.json.gz')"
        ~ " except select path from " ~ ledger ~ " order by file"
    ).columns[0].values() -%}
    {%- set files = [] -%}
    {%- for file in landed -%}
        {%- if file.split('/')[-1][0] not in ('_', '.') -%}
            {%- do files.append(file) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(files) }}
{% endmacro %}


{#
  The files, a row each: what they are like, and of plain ones the number of their lines and whether they are
  odd: with a line that is not an object of known fields, each once (read_json fails on a repeated one).
#}
{% macro duckdb__landing_files(files, fields) %}
    {%- set plain = files | reject('in', duckdb__compressed_files(files)) | list -%}
    select states.path, states.size_bytes, states.modified_at, lines.line_count, lines.is_odd
    from {{ duckdb__file_states(duckdb__path_list(files)) }} as states
    left join (
        {%- if plain %}
        select
            filename as path,
            count(*) as line_count,
            {# Nearly every line has all fields in their order, which is seen at once; DuckDB keeps the order of a case. #}
            bool_or(
                case
                    when names = {{ duckdb__text_list(fields) }} then false
                    else
                        coalesce(len(names), 0) = 0 or len(list_distinct(names)) < len(names)
                        or not list_has_all({{ duckdb__text_list(fields) }}, names)
                end
            ) as is_odd
        from (
            select filename, json_keys(json) as names
            from read_ndjson_objects(
                {{ duckdb__path_list(plain) }},
                ignore_errors = true,
                filename = true,
                maximum_object_size = {{ duckdb__longest_line(plain) }}
            )
        )
        group by filename
        {%- else %}
        select null as path, null as line_count, null as is_odd
        {%- endif %}
    ) as lines on states.path = lines.path
{% endmacro %}


{# For a FROM clause: path, size_bytes and modified_at (to the second, UTC) of the files of a list of patterns. #}
{% macro duckdb__file_states(patterns) -%}
    (
        select filename as path, size as size_bytes, make_timestamp(epoch_us(last_modified)) as modified_at
        from read_blob({{ patterns }})
    )
{%- endmacro %}


{# Of landing_files, the lines that are not blank; those of odd files are in landing_lines. #}
{% macro duckdb__line_count(odd_files) -%}
    {%- if odd_files -%}
        case
            when path in (select unnest({{ duckdb__text_list(odd_files) }}))
                then (select count(*) from landing_lines where landing_lines.path = landing_files.path)
            else coalesce(line_count, 0)
        end
    {%- else -%}
        coalesce(line_count, 0)
    {%- endif -%}
{%- endmacro %}


{#
  Files to be read line by line, at leisure: the odd ones, and the compressed ones, because DuckDB fails
  on a damaged one.
#}
{% macro duckdb__odd_landing_files(files) %}
    {%- set compressed = duckdb__compressed_files(files) -%}
    {%- if compressed | length == files | length -%}
        {{ return(compressed) }}
    {%- endif -%}
    {{ return(compressed + (run_query('select path from landing_files where is_odd').columns[0].values() | list)) }}
{% endmacro %}


{% macro duckdb__compressed_files(files) %}
    {%- set compressed = [] -%}
    {%- for file in files if file.endswith('.gz') -%}
        {%- do compressed.append(file) -%}
    {%- endfor -%}
    {{ return(compressed) }}
{% endmacro %}


{# Bytes that a line of the files can have; DuckDB's buffers grow with it, and so does its cost. #}
{% macro duckdb__longest_line(files) %}
    {{ return(run_query(
        "select greatest(16777216, max(size)) from read_blob(" ~ duckdb__path_list(files) ~ ")"
    ).columns[0].values()[0]) }}
{% endmacro %}


{# Now, but never at or before a batch that a model has read, whatever the clock does. #}
{% macro duckdb__next_ingestion_time(ledger) %}
    {{ return('make_timestamp(' ~ run_query(
        "select greatest(epoch_us(now()), max(epoch_us(stamp)) + 1) from ("
        ~ "select max(ingested_at) as stamp from " ~ ledger
        ~ " union all select max(mark) from " ~ load_marks() ~ ")"
    ).columns[0].values()[0] ~ ')') }}
{% endmacro %}


{# The rows that read_landing promises, from the files of each kind. #}
{% macro duckdb__landing_rows(plain_files, odd_files, fields, ingested_at) %}
    {%- set parts = [] -%}
    {%- if plain_files -%}
        {%- set part -%}
            select
                * exclude (filename),
                cast(null as varchar) as _corrupt_record,
                cast(null as varchar) as _rescued_data,
                filename as _source_file,
                {{ ingested_at }} as _ingested_at
            from read_json(
                {{ duckdb__path_list(plain_files) }},
                format = 'newline_delimited',
                columns = {{ duckdb__field_types(fields) }},
                filename = true,
                maximum_object_size = {{ duckdb__longest_line(plain_files) }}
            )
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endif -%}
    {%- if odd_files -%}
        {%- set part -%}
            select
                unnest(json_transform(coalesce(event, '{}'), '{{ duckdb__field_types(fields) | replace("'", '"') }}')),
                case when event is null then line end as _corrupt_record,
                case
                    when len(list_filter(json_keys(event), lambda name: not list_contains({{ duckdb__text_list(fields) }}, name))) > 0
                        then json_merge_patch(event, '{{ duckdb__no_fields(fields) }}')
                end as _rescued_data,
                path as _source_file,
                {{ ingested_at }} as _ingested_at
            from (
                select
                    path,
                    line,
                    case
                        when is_utf8 and left(ltrim(line, ' ' || chr(9) || chr(13)), 1) = '{' and json_valid(line)
                            then line
                    end as event
                from landing_lines
            )
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endif -%}
    {%- if not parts -%}
        {%- set part -%}
            select
                {% for field in fields %}cast(null as varchar) as "{{ field }}", {% endfor %}
                cast(null as varchar) as _corrupt_record,
                cast(null as varchar) as _rescued_data,
                cast(null as varchar) as _source_file,
                cast(null as timestamp) as _ingested_at
            limit 0
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endif -%}
    {{ return(parts | join(' union all by name ')) }}
{% endmacro %}


{#
  Python that DuckDB's own process runs: fills the temporary table landing_lines with the lines of the
  odd files that are not blank, split at \n alone. DuckDB's readers drop or refuse a line that is not
  UTF-8, and stop at a damaged gzip file: here its sound lines are kept, and then the file itself as
  one more line that is none.
#}
{% macro duckdb__fill_landing_lines(files) %}
import gzip
import zlib

FILES = {{ files }}
LINES_AT_ONCE = 50_000


def text_and_soundness(line):
    try:
        return line.decode("utf-8"), True
    except UnicodeDecodeError:
        return line.decode("latin-1"), False


def lines_of(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        try:
            for line in file:
                line = line.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\n").removesuffix(b"\r")
                if line.strip(b" \t\r"):
                    yield text_and_soundness(line)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            with open(path, "rb") as damaged:
                yield damaged.read().decode("latin-1"), False


def model(dbt, session):
    session.execute("create or replace temp table landing_lines (path varchar, line varchar, is_utf8 boolean)")

    def keep(path, lines):
        session.execute(
            "insert into landing_lines select ?, unnest(?::varchar[]), unnest(?::boolean[])",
            [path, [text for text, _ in lines], [is_utf8 for _, is_utf8 in lines]],
        )

    for path in FILES:
        lines = []
        for line in lines_of(path):
            lines.append(line)
            if len(lines) == LINES_AT_ONCE:
                keep(path, lines)
                lines = []
        if lines:
            keep(path, lines)


def dbtObj(load):
    return None


def materialize(result, session):
    pass
{% endmacro %}


{% macro duckdb__glob_literal(path) -%}
    {{- path | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') | replace("'", "''") -}}
{%- endmacro %}

{% macro duckdb__path_list(files) -%}
    [{% for file in files %}'{{ duckdb__glob_literal(file) }}'{{ ', ' if not loop.last }}{% endfor %}]
{%- endmacro %}

{% macro duckdb__text_list(texts) -%}
    [{% for text in texts %}'{{ text | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor %}]
{%- endmacro %}

{% macro duckdb__field_types(fields) -%}
    { {%- for field in fields %}'{{ field }}': 'VARCHAR'{{ ', ' if not loop.last }}{% endfor -%} }
{%- endmacro %}

{% macro duckdb__no_fields(fields) -%}
    { {%- for field in fields %}"{{ field }}": null{{ ', ' if not loop.last }}{% endfor -%} }
{%- endmacro %}
