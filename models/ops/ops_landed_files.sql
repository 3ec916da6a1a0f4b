{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='_source_file',
) }}
{%- set columns = [
    'stream',
    '_source_file',
    'line_count',
    'size_bytes',
    'modified_at',
    'found_size_bytes',
    'found_modified_at',
    'state',
    '_ingested_at',
] %}

with ingested as (
    {%- for stream, registry in var('streams').items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ stream }}' as stream,
        _source_file,
        line_count,
        size_bytes,
        modified_at,
        _ingested_at
    from {{ ingested_files(stream, ref(registry.bronze)) }}
    {%- endfor %}
),

present as (
    {%- for stream in var('streams') %}
    {{ 'union all' if not loop.first }}
    select
        '{{ stream }}' as stream,
        _source_file,
        size_bytes,
        modified_at
    from {{ present_files(stream) }}
    {%- endfor %}
),

existing as (
    {% if is_incremental() -%}
    select {{ columns | join(', ') }}
    from {{ this }}
    {%- else -%}
    select
        *,
        size_bytes as found_size_bytes,
        modified_at as found_modified_at,
        stream as state
    from ingested
    where false
    {%- endif %}
),

known as (
    select
        stream,
        _source_file,
        line_count,
        size_bytes,
        modified_at,
        _ingested_at
    from ingested
    union all
    select
        stream,
        _source_file,
        line_count,
        size_bytes,
        modified_at,
        _ingested_at
    from existing
    where not exists (
        select 1 from ingested
        where existing._source_file = ingested._source_file
    )
),

compared as (
    select
        coalesce(known.stream, present.stream) as stream,
        coalesce(known._source_file, present._source_file) as _source_file,
        known.line_count,
        known.size_bytes,
        known.modified_at,
        present.size_bytes as found_size_bytes,
        present.modified_at as found_modified_at,
        case
            when present._source_file is null then 'vanished'
            when known._ingested_at is null then 'waiting'
            when known.size_bytes <> present.size_bytes then 'changed'
            when known.modified_at <> present.modified_at then 'changed'
            else 'unchanged'
        end as state,
        known._ingested_at
    from known
    full outer join present on known._source_file = present._source_file
),

-- Files that are as they were are not written again.
final as (
    select {{ columns | join(', ') }}
    from compared
    except
    select {{ columns | join(', ') }}
    from existing
)

select * from final
