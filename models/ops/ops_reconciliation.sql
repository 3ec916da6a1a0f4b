{{ config(materialized='view') }}

select
    stream,
    _source_file,
    landed_line_count,
    bronze_row_count,
    silver_event_count,
    quarantined_event_count,
    duplicate_count,
    line_item_count,
    kept_line_item_count,
    quarantined_line_item_count,
    bronze_difference,
    silver_difference,
    line_item_difference,
    verdict,
    breach,
    _ingested_at
from {{ file_accounts(
    streams=reconciled_streams(ref),
    manifests=ref('ops_batch_manifests'),
    landed_files=ref('ops_landed_files'),
) }}
