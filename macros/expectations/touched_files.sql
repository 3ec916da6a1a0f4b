{% macro is_touched_file() -%}
    {%- set conditions, queries = [], [] -%}
    {%- for stream, registry in var('streams').items() -%}
        {%- set deliveries = relation_named(registry.deliveries) -%}
        {%- set is_touched = touched(deliveries) -%}
        {%- if 'true' in (is_touched, touched(relation_named(registry.fact))) -%}
            {%- do conditions.append("_source_file like '" ~ stream ~ "/%'") -%}
        {%- elif is_touched != 'false' -%}
            {%- set query = 'select _source_file from ' ~ deliveries ~ ' where ' ~ is_touched -%}
            {%- do queries.append(query) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if conditions | length == var('streams') | length -%}
        {{- return('true') -}}
    {%- endif -%}
    {%- set landed_files = relation_named('ops_landed_files') -%}
    {%- set listed_files -%}
        select _source_file from {{ landed_files }}
        where _ingested_at > {{ from_micros(var('run_state').tested[model.name]) }}
        union all
        select _source_file
        from (
            with manifests as (
                select files from {{ relation_named('ops_batch_manifests') }}
            )

            select item.path as _source_file
            from {{ explode_items('manifests', 'files') }} as manifest_files
        ) as named_files
        where _source_file not in (select _source_file from {{ landed_files }})
    {%- endset -%}
    {%- do queries.append(listed_files) -%}
    {%- do conditions.append(is_one_of_rows('_source_file', queries | join(' union all '))) -%}
    {{- return('(' ~ conditions | join(' or ') ~ ')') -}}
{%- endmacro %}

{% macro is_one_of_rows(column, query) -%}
    {%- set texts = run_query(
        'select distinct ' ~ column ~ ' from (' ~ query ~ ') as listed order by 1 limit 101'
    ).columns[0].values() | list -%}
    {{- return(
        column ~ ' in (' ~ query ~ ')' if texts | length > 100 else is_one_of_files(column, texts)
    ) -}}
{%- endmacro %}
