{#
  ingested_files(stream, bronze): for a FROM clause: the files that `bronze` took in since this model's
  mark, as _source_file, _ingested_at, line_count (lines that are not blank, counted apart from the rows
  of `bronze`), size_bytes and modified_at as they were then. A streaming table on Databricks keeps no
  such notes, so there the files are looked at right after, and an empty one is none of them.
#}
{% macro ingested_files(stream, bronze) -%}
    {{ return(adapter.dispatch('ingested_files', 'retail_medallion')(stream, bronze)) }}
{%- endmacro %}

{% macro databricks__ingested_files(stream, bronze) -%}
    {%- set is_new = since_mark(bronze, '_ingested_at') -%}
    {%- set taken = 'select _source_file, max(_ingested_at) as _ingested_at from ' ~ bronze ~ ' where ' ~ is_new ~ ' group by _source_file' -%}
    {%- set paths = [] -%}
    {%- if is_loading() -%}
        {%- set paths = run_query('select _source_file from (' ~ taken ~ ')').columns[0].values() | list -%}
    {%- endif -%}
    (
        with taken as (
            {{ taken }}
        ),

        counted as (
            select
                _metadata.file_path as _source_file,
                count(*) as line_count
            from read_files(
                '{{ landing_path(stream) }}/*.{json,json.gz}',
                format => 'text',
                schema => 'value string',
                lineSep => '\n'
            )
            where
                regexp_replace(value, r'\A\x{FEFF}', '') rlike r'[^ \t\r]'
                and {{ is_one_of_files('_metadata.file_path', paths) }}
            group by _metadata.file_path
        )

        select
            taken._source_file,
            taken._ingested_at,
            coalesce(counted.line_count, 0) as line_count,
            states.size_bytes,
            states.modified_at
        from taken
        left join counted on taken._source_file = counted._source_file
        left join {{ present_files(stream) }} as states on taken._source_file = states._source_file
    )
{%- endmacro %}

{% macro duckdb__ingested_files(stream, bronze) -%}
    {%- set ledger = bronze.incorporate(path={'identifier': bronze.identifier ~ '__files'}) -%}
    (
        select
            path as _source_file,
            ingested_at as _ingested_at,
            line_count,
            size_bytes,
            modified_at
        from {{ ledger }}
        where {{ since_mark(ledger, 'ingested_at') }}
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
            _metadata.file_path as _source_file,
            _metadata.file_size as size_bytes,
            _metadata.file_modification_time as modified_at
        from read_files('{{ landing_path(stream) }}/*.{json,json.gz}', format => 'binaryFile')
        where _metadata.file_path rlike r'/{{ stream }}/[^/_.][^/]*[.]json([.]gz)?\z'
    )
{%- endmacro %}

{% macro duckdb__present_files(stream) -%}
    {%- set folder = duckdb__glob_literal(var('landing_path').rstrip('/') ~ '/' ~ stream) -%}
    (
        select path as _source_file, size_bytes, modified_at
        from {{ duckdb__file_states("['" ~ folder ~ "/*.json', '" ~ folder ~ "/*.json.gz']") }} as states
        where {{ duckdb__is_no_hidden_file('path') }}
    )
{%- endmacro %}

{% macro duckdb__is_no_hidden_file(path) -%}
    left(parse_filename({{ path }}, false, 'forward_slash'), 1) not in ('_', '.')
{%- endmacro %}


{#
  new_manifests(): for a FROM clause: the manifests in `<landing_path>/_manifests` that this model does not
  hold yet, each as _source_file and its whole text as `content`, null where it is no UTF-8. There need be
  neither manifests nor the folder.
#}
{% macro new_manifests() -%}
    {{ return(adapter.dispatch('new_manifests', 'retail_medallion')()) }}
{%- endmacro %}

{#
  The folder of a read_files must exist. Which files are read is a literal, so that the others are not
  opened.
#}
{% macro databricks__new_manifests() -%}
    {%- set folder = landing_path('_manifests') -%}
    {%- set paths = [] -%}
    {%- if is_loading() and '_manifests' in databricks__folders_of(landing_path('')) -%}
        {%- set found -%}
            select _metadata.file_path
            from read_files('{{ folder }}/*.json', format => 'binaryFile')
            where
                _metadata.file_path rlike r'/[^/_.][^/]*\z'
                {%- if is_incremental() %}
                and _metadata.file_path not in (select _source_file from {{ this }})
                {%- endif %}
        {%- endset -%}
        {%- set paths = run_query(found).columns[0].values() | list -%}
    {%- endif -%}
    {%- if paths or not is_loading() -%}
    (
        select
            _metadata.file_path as _source_file,
            value as content
        from read_files('{{ folder }}/*.json', format => 'text', schema => 'value string', wholeText => 'true')
        where {{ is_one_of_files('_metadata.file_path', paths) }}
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
    {%- set paths = [] -%}
    {%- if is_loading() -%}
        {%- set found -%}
            select file from glob('{{ folder }}/*.json') where {{ duckdb__is_no_hidden_file('file') }}
            {%- if is_incremental() %}
            except select _source_file from {{ this }}
            {%- endif %}
            order by file
        {%- endset -%}
        {%- set paths = run_query(found).columns[0].values() | list -%}
    {%- endif -%}
    {%- if paths -%}
    (
        select filename as _source_file, try(decode(content)) as content
        from read_blob({{ duckdb__path_list(paths) }})
    )
    {%- else -%}
    (select cast(null as varchar) as _source_file, cast(null as varchar) as content where false)
    {%- endif -%}
{%- endmacro %}


{# parse_manifest(content): the text of a manifest as a struct of its fields; each null where it has none. #}
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
            "batch": "VARCHAR", "stream": "VARCHAR", "day": "DATE", "seed": "BIGINT", "scale": "DOUBLE",
            "files": [{"path": "VARCHAR", "lines": "BIGINT", "bytes": "BIGINT", "sha256": "VARCHAR"}],
            "totals": {"events": "BIGINT", "line_items": "BIGINT", "quantity": "BIGINT", "net_sales": "VARCHAR"}
        }'
    )
{%- endmacro %}


{# The condition that a path is one of these, as a literal; of none, false. #}
{% macro is_one_of_files(path, files) -%}
    {%- if not files -%}
        {{- return('false') -}}
    {%- endif -%}
    {%- set texts = [] -%}
    {%- for file in files -%}
        {%- do texts.append(text_literal(file)) -%}
    {%- endfor -%}
    {{- return(path ~ ' in (' ~ texts | join(', ') ~ ')') -}}
{%- endmacro %}


{# file_name(path): what follows the last slash. #}
{% macro file_name(path) -%}
    regexp_extract({{ path }}, '[^/]*$', 0)
{%- endmacro %}
