{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    unique_key='_source_file',
    meta={'replaces': '_source_file'},
    post_hook='{{ save_load_marks() }}',
) }}

with ingested as (
    select * from {{ ingested_files_of_all(reconciled_streams(ref)) }}
),

present as (
    select * from {{ present_files_of_all(reconciled_streams(ref)) }}
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
    {{ and_held_rows([
        'stream',
        '_source_file',
        'line_count',
        'size_bytes',
        'modified_at',
        '_ingested_at',
    ], '_source_file not in (select _source_file from ingested)') }}
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

final as (
    select
        stream,
        _source_file,
        line_count,
        size_bytes,
        modified_at,
        found_size_bytes,
        found_modified_at,
        state,
        _ingested_at
    from compared
    {{ but_held_rows([
        'stream',
        '_source_file',
        'line_count',
        'size_bytes',
        'modified_at',
        'found_size_bytes',
        'found_modified_at',
        'state',
        '_ingested_at',
    ]) }}
)

select * from final
