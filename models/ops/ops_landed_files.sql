{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    unique_key='_source_file',
    meta={'replaces': '_source_file'},
    post_hook='{{ save_load_marks() }}',
) }}

with ingested as (
    {%- for stream in reconciled_streams(ref) %}
    select '{{ stream.name }}' as stream, files.* from {{ ingested_files(stream.name, stream.bronze) }} as files
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

present as (
    {%- for stream in reconciled_streams(ref) %}
    select '{{ stream.name }}' as stream, files.* from {{ present_files(stream.name) }} as files
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{%- if is_incremental() %}

held as (
    select * from {{ this }}
),

{%- endif %}

known as (
    select
        stream,
        _source_file,
        line_count,
        size_bytes,
        modified_at,
        _ingested_at
    from ingested
    {%- if is_incremental() %}
    union all
    select
        stream,
        _source_file,
        line_count,
        size_bytes,
        modified_at,
        _ingested_at
    from held
    where _source_file not in (select _source_file from ingested)
    {%- endif %}
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
        known._ingested_at,
        case
            when present._source_file is null then 'vanished'
            when known._ingested_at is null then 'waiting'
            when known.size_bytes <> present.size_bytes or known.modified_at <> present.modified_at then 'changed'
            else 'unchanged'
        end as state
    from known
    full outer join present on known._source_file = present._source_file
),

final as (
    select
        compared.stream,
        compared._source_file,
        compared.line_count,
        compared.size_bytes,
        compared.modified_at,
        compared.found_size_bytes,
        compared.found_modified_at,
        compared.state,
        compared._ingested_at
    from compared
    {%- if is_incremental() %}
    left join held on compared._source_file = held._source_file
    where
        held._source_file is null
        or compared.state <> held.state
        or compared._ingested_at is distinct from held._ingested_at
        or compared.found_size_bytes is distinct from held.found_size_bytes
        or compared.found_modified_at is distinct from held.found_modified_at
    {%- endif %}
)

select * from final
