{#
  streaming_table on DuckDB: what Databricks' own does for files. The landing folder minus the
  ledger (`<table>__files`) is what is new; its rows and its ledger entries are committed together,
  so a run that dies in between repeats nothing and loses nothing. --full-refresh starts from an
  empty ledger, which also keeps what a file was like when it was taken in: size, time, and lines
  that are not blank, counted in another pass than the one that makes the rows.
#}
{% materialization streaming_table, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set is_new = existing is none or should_full_refresh() -%}
    {%- set stream = (var('streams').items()
        | selectattr('1.bronze', 'equalto', this.identifier) | first)[0] -%}
    {%- set fields = var('streams')[stream].fields | map(attribute='name') | list -%}
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

    {%- set files = duckdb__new_landing_files(stream, ledger) -%}
    {%- if files -%}
        {%- call statement('landing_files') -%}
            create or replace temp table landing_files as
            {{ duckdb__landing_files(files, fields) }}
        {%- endcall -%}
    {%- endif -%}
    {%- set irregular_files = duckdb__irregular_files(files) -%}
    {%- if irregular_files -%}
        {%- call statement('landing_lines', language='python') -%}
            {{ duckdb__fill_landing_lines(irregular_files) }}
        {%- endcall -%}
    {%- endif -%}
    {%- set ingested_at = duckdb__next_ingestion_time(ledger) -%}

    {%- call statement('landing') -%}
        create or replace temp view {{ 'landing_' ~ stream }} as
        {{ duckdb__landing_rows(stream, files, irregular_files, fields, ingested_at) }}
    {%- endcall -%}

    {%- if not is_new -%}
        {# A column that the contract has anew is null in older rows. #}
        {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
        {%- set selected = get_column_schema_from_query(sql) -%}
        {%- set missing = selected | rejectattr('name', 'in', columns) | list -%}
        {%- do alter_relation_add_remove_columns(target_relation, missing, none) if missing -%}
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
            select
                {{ duckdb__source_file(stream, 'path') }}, {{ ingested_at }},
                size_bytes, modified_at, coalesce(line_count, 0)
            from landing_files
        {%- endcall -%}
    {%- endif -%}

    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Paths in the landing folder of files that the ledger does not hold, in order. #}
{% macro duckdb__new_landing_files(source, ledger) %}
    {%- set folder = duckdb__glob_literal(var('landing_path').rstrip('/') ~ '/' ~ source) -%}
    {%- set landed -%}
        select file
        from (
            select file from glob('{{ folder }}/*.json')
            union all
            select file from glob('{{ folder }}/*.json.gz')
        )
        where
            {{ duckdb__is_no_hidden_file('file') }}
            and {{ duckdb__source_file(source, 'file') }} not in (select path from {{ ledger }})
        order by file
    {%- endset -%}
    {{ return(run_query(landed).columns[0].values() | list) }}
{% endmacro %}

{# The path of a file within the landing folder. #}
{% macro duckdb__source_file(source, path) -%}
    concat('{{ source }}/', parse_filename({{ path }}, false, 'forward_slash'))
{%- endmacro %}

{#
  The files, a row each: what they are like, and of plain ones the number of their lines and
  whether they are irregular: with a line that is not an object of known fields, each once
  (read_json fails on a repeated one).
#}
{% macro duckdb__landing_files(files, fields) %}
    {%- set plain = files | reject('in', duckdb__compressed_files(files)) | list -%}
    select states.path, states.size_bytes, states.modified_at, lines.line_count, lines.is_irregular
    from {{ duckdb__file_states(duckdb__path_list(files)) }} as states
    left join (
        {%- if plain %}
        select
            path,
            cast(sum(line_count) as bigint) as line_count,
            bool_or(
                coalesce(len(names), 0) = 0 or len(list_distinct(names)) < len(names)
                or not list_has_all({{ duckdb__text_list(fields) }}, names)
            ) as is_irregular
        from (
            {#- Most lines name the same fields: they are looked at once. #}
            select filename as path, json_keys(json) as names, count(*) as line_count
            from read_ndjson_objects(
                {{ duckdb__path_list(plain) }},
                ignore_errors = true,
                filename = true,
                maximum_object_size = {{ duckdb__longest_line(plain) }}
            )
            group by all
        )
        group by path
        {%- else %}
        select
            cast(null as varchar) as path,
            cast(null as bigint) as line_count,
            cast(null as boolean) as is_irregular
        {%- endif %}
    ) as lines on states.path = lines.path
{% endmacro %}

{# For a FROM clause: path, size_bytes, modified_at (to the second, UTC) of files of patterns. #}
{% macro duckdb__file_states(patterns) -%}
    (
        select
            filename as path,
            size as size_bytes,
            make_timestamp(epoch_us(last_modified)) as modified_at
        from read_blob({{ patterns }})
    )
{%- endmacro %}

{#
  Files to be read line by line, at leisure: the irregular ones, and the compressed ones, because
  DuckDB fails on a damaged one.
#}
{% macro duckdb__irregular_files(files) %}
    {%- set compressed = duckdb__compressed_files(files) -%}
    {%- if compressed | length == files | length -%}
        {{ return(compressed) }}
    {%- endif -%}
    {%- set irregular = run_query('select path from landing_files where is_irregular') -%}
    {{ return(compressed + (irregular.columns[0].values() | list)) }}
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
        'select greatest(16777216, max(size)) from read_blob(' ~ duckdb__path_list(files) ~ ')'
    ).rows[0][0]) }}
{% endmacro %}

{# Now, but after every batch before, whatever the clock does. #}
{% macro duckdb__next_ingestion_time(ledger) %}
    {{ return('make_timestamp(' ~ run_query(
        'select greatest(epoch_us(now()), max(epoch_us(ingested_at)) + 1) from ' ~ ledger
    ).rows[0][0] ~ ')') }}
{% endmacro %}

{# The rows that read_landing promises; the lines of irregular files are in landing_lines. #}
{% macro duckdb__landing_rows(source, files, irregular_files, fields, ingested_at) %}
    {%- set plain_files = files | reject('in', irregular_files) | list -%}
    {%- set names = duckdb__text_list(fields) -%}
    {%- set parts = [] -%}
    {%- if plain_files -%}
        {%- set part -%}
            select
                * exclude (filename),
                cast(null as varchar) as _corrupt_record,
                cast(null as varchar) as _rescued_data,
                {{ duckdb__source_file(source, 'filename') }} as _source_file,
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
    {%- if irregular_files -%}
        {%- set part -%}
            select
                unnest(json_transform(
                    coalesce(event, '{}'),
                    '{{ duckdb__field_types(fields) | replace("'", '"') }}'
                )),
                case when event is null then line end as _corrupt_record,
                case
                    when len(list_filter(
                        json_keys(event), lambda name: not list_contains({{ names }}, name)
                    )) > 0
                        then json_merge_patch(event, '{{ duckdb__no_fields(fields) }}')
                end as _rescued_data,
                {{ duckdb__source_file(source, 'path') }} as _source_file,
                {{ ingested_at }} as _ingested_at
            from (
                select
                    path,
                    line,
                    case
                        when
                            is_utf8
                            and left(ltrim(line, ' ' || chr(9) || chr(13)), 1) = '{'
                            and json_valid(line)
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
                {% for name in fields + ['_corrupt_record', '_rescued_data', '_source_file'] -%}
                cast(null as varchar) as "{{ name }}",
                {% endfor -%}
                cast(null as timestamp) as _ingested_at
            limit 0
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endif -%}
    {{ return(parts | join(' union all by name ')) }}
{% endmacro %}

{# Python that dbt-duckdb runs in its own process: tools/landing_lines.py. #}
{% macro duckdb__fill_landing_lines(files) %}
from landing_lines import fill_landing_lines

def model(dbt, session):
    fill_landing_lines(session, {{ files }})

def dbtObj(load):
    return None

def materialize(result, session):
    pass
{% endmacro %}

{% macro duckdb__glob_literal(path) -%}
    {{- path | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]')
        | replace("'", "''") -}}
{%- endmacro %}

{% macro duckdb__path_list(files) -%}
    ['{{ files | map('replace', '[', '[[]') | map('replace', '*', '[*]')
        | map('replace', '?', '[?]') | map('replace', "'", "''") | join("', '") }}']
{%- endmacro %}

{% macro duckdb__text_list(texts) -%}
    ['{{ texts | map('replace', "'", "''") | join("', '") }}']
{%- endmacro %}

{% macro duckdb__field_types(fields) -%}
    { {{- "'" ~ fields | join("': 'VARCHAR', '") ~ "': 'VARCHAR'" -}} }
{%- endmacro %}

{% macro duckdb__no_fields(fields) -%}
    { {{- '"' ~ fields | join('": null, "') ~ '": null' -}} }
{%- endmacro %}
