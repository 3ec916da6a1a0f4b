{#
  ingested_files(stream, bronze): for a FROM clause: the files that `bronze` took in and this model
  does not hold as such yet, as _source_file, _ingested_at, line_count (lines that are not blank,
  counted apart from the rows of `bronze`), size_bytes and modified_at as they were then. A
  streaming table on Databricks keeps no ledger, so there the files are looked at right after, and
  an empty one is none of them.
#}
{% macro ingested_files(stream, bronze) -%}
    {{ return(adapter.dispatch('ingested_files', 'retail_medallion')(stream, bronze)) }}
{%- endmacro %}

{% macro databricks__ingested_files(stream, bronze) -%}
    {%- set ingested -%}
        select _source_file, max(_ingested_at) as _ingested_at
        from {{ bronze }}
        group by _source_file
        {%- if is_incremental() %}
        except
        select _source_file, _ingested_at from {{ this }}
        {%- endif -%}
    {%- endset -%}
    {%- set files = run_query('select _source_file from (' ~ ingested ~ ') as files')
        .columns[0].values() | list if is_loading() else [] -%}
    (
        {%- if is_incremental() and not files %}
        select _source_file, _ingested_at, line_count, size_bytes, modified_at
        from {{ this }} where false
        {%- else %}
        with ingested as (
            {{ ingested }}
        ),

        counted as (
            select {{ databricks__source_file(stream) }} as _source_file, count(*) as line_count
            from read_files(
                '{{ landing_path(stream) }}/*.{json,json.gz}',
                format => 'text', schema => 'value string', lineSep => '\n'
            )
            where
                regexp_replace(value, r'\A\x{FEFF}', '') rlike r'[^ \t\r]'
                and {{ is_one_of_files(databricks__source_file(stream), files) }}
            group by 1
        )

        select
            ingested._source_file, ingested._ingested_at,
            coalesce(counted.line_count, 0) as line_count, states.size_bytes, states.modified_at
        from ingested
        left join counted on ingested._source_file = counted._source_file
        left join {{ present_files(stream) }} as states
            on ingested._source_file = states._source_file
        {%- endif %}
    )
{%- endmacro %}

{% macro duckdb__ingested_files(stream, bronze) -%}
    (
        select
            path as _source_file, ingested_at as _ingested_at, line_count, size_bytes, modified_at
        from {{ bronze.incorporate(path={'identifier': bronze.identifier ~ '__files'}) }}
        {%- if is_incremental() %}
        where not exists (
            select 1 from {{ this }} as known
            where known._source_file = path and known._ingested_at = ingested_at
        )
        {%- endif %}
    )
{%- endmacro %}

{#
  present_files(stream): for a FROM clause: the files in the landing folder now, as _source_file,
  size_bytes and modified_at (UTC); their content is not read.
#}
{% macro present_files(stream) -%}
    {{ return(adapter.dispatch('present_files', 'retail_medallion')(stream)) }}
{%- endmacro %}

{% macro databricks__present_files(stream) -%}
    (
        select
            {{ databricks__source_file(stream) }} as _source_file,
            _metadata.file_size as size_bytes,
            _metadata.file_modification_time as modified_at
        from read_files('{{ landing_path(stream) }}/*.{json,json.gz}', format => 'binaryFile')
        where
            {{ databricks__source_file(stream) }}
            rlike r'\A{{ stream }}/[^/_.][^/]*[.]json([.]gz)?\z'
    )
{%- endmacro %}

{% macro duckdb__present_files(stream) -%}
    {%- set folder = duckdb__glob_literal(var('landing_path').rstrip('/') ~ '/' ~ stream) -%}
    (
        select {{ duckdb__source_file(stream, 'path') }} as _source_file, size_bytes, modified_at
        from {{ duckdb__file_states("['" ~ folder ~ "/*.json', '" ~ folder ~ "/*.json.gz']") }}
            as states
        where {{ duckdb__is_no_hidden_file('path') }}
    )
{%- endmacro %}

{% macro duckdb__is_no_hidden_file(path) -%}
    left(parse_filename({{ path }}, false, 'forward_slash'), 1) not in ('_', '.')
{%- endmacro %}

{#
  new_manifests(): for a FROM clause: the manifests in `<landing_path>/_manifests` that this model
  does not hold yet, each as _source_file (its path in the landing folder) and its whole text as
  `content`, null where it is no UTF-8. There need be neither manifests nor the folder.
#}
{% macro new_manifests() -%}
    {{ return(adapter.dispatch('new_manifests', 'retail_medallion')()) }}
{%- endmacro %}

{# The folder of read_files must exist. The list of files is a literal, so no others are opened. #}
{% macro databricks__new_manifests() -%}
    {%- set folder = landing_path('_manifests') -%}
    {%- set path = databricks__source_file('_manifests') -%}
    {%- set files = [] -%}
    {%- if is_loading() and '_manifests' in databricks__folders_of(landing_path('')) -%}
        {%- set found -%}
            select {{ path }}
            from read_files('{{ folder }}/*.json', format => 'binaryFile')
            where
                {{ path }} rlike r'/[^/_.][^/]*\z'
                {%- if is_incremental() %}
                and {{ path }} not in (select _source_file from {{ this }})
                {%- endif %}
        {%- endset -%}
        {%- set files = run_query(found).columns[0].values() | list -%}
    {%- endif -%}
    {%- if files or not is_loading() -%}
    (
        select {{ path }} as _source_file, value as content
        from read_files(
            '{{ folder }}/*.json', format => 'text', schema => 'value string', wholeText => 'true'
        )
        where {{ is_one_of_files(path, files) }}
    )
    {%- else -%}
    (select cast(null as string) as _source_file, cast(null as string) as content where false)
    {%- endif -%}
{%- endmacro %}

{# Names of what is in a folder of a volume. #}
{% macro databricks__folders_of(path) -%}
    {%- set names = [] -%}
    {%- for name in run_query("list '" ~ path ~ "'").columns['name'].values() -%}
        {%- do names.append(name.rstrip('/')) -%}
    {%- endfor -%}
    {{- return(names) -}}
{%- endmacro %}

{% macro duckdb__new_manifests() -%}
    {%- set folder = duckdb__glob_literal(var('landing_path').rstrip('/') ~ '/_manifests') -%}
    {%- set files = [] -%}
    {%- if is_loading() -%}
        {%- set found -%}
            select file from glob('{{ folder }}/*.json')
            where
                {{ duckdb__is_no_hidden_file('file') }}
                {%- if is_incremental() %}
                and {{ duckdb__source_file('_manifests', 'file') }} not in (
                    select _source_file from {{ this }}
                )
                {%- endif %}
            order by file
        {%- endset -%}
        {%- set files = run_query(found).columns[0].values() | list -%}
    {%- endif -%}
    {%- if files -%}
    (
        select
            {{ duckdb__source_file('_manifests', 'filename') }} as _source_file,
            try(decode(content)) as content
        from read_blob({{ duckdb__path_list(files) }})
    )
    {%- else -%}
    (select cast(null as varchar) as _source_file, cast(null as varchar) as content where false)
    {%- endif -%}
{%- endmacro %}

{# parse_manifest(content): the text of a manifest as a struct of its fields, null where missing. #}
{% macro parse_manifest(content) -%}
    {{ return(adapter.dispatch('parse_manifest', 'retail_medallion')(content)) }}
{%- endmacro %}

{% macro databricks__parse_manifest(content) -%}
    from_json(
        {{ content }},
        'batch string, stream string, day date, seed bigint, scale double,
        files array<struct<path: string, lines: bigint, bytes: bigint, sha256: string>>,
        totals struct<events: bigint, line_items: bigint, quantity: bigint, net_sales: string>'
    )
{%- endmacro %}

{% macro duckdb__parse_manifest(content) -%}
    json_transform(
        case when json_valid({{ content }}) then {{ content }} else '{}' end,
        '{
            "batch": "VARCHAR", "stream": "VARCHAR", "day": "DATE",
            "seed": "BIGINT", "scale": "DOUBLE",
            "files": [
                {"path": "VARCHAR", "lines": "BIGINT", "bytes": "BIGINT", "sha256": "VARCHAR"}
            ],
            "totals": {
                "events": "BIGINT", "line_items": "BIGINT",
                "quantity": "BIGINT", "net_sales": "VARCHAR"
            }
        }'
    )
{%- endmacro %}

{# is_one_of_files(path, files): the condition that a path is one of these; of none, false. #}
{% macro is_one_of_files(path, files) -%}
    {%- set texts = [] -%}
    {%- for file in files -%}
        {%- do texts.append(text_literal(file)) -%}
    {%- endfor -%}
    {{- return(path ~ ' in (' ~ texts | join(', ') ~ ')' if texts else 'false') -}}
{%- endmacro %}
