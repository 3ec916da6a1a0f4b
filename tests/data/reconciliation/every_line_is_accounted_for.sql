{{ config(severity='error', tags=['reconciliation']) }}

-- depends_on: {{ ref('ops_reconciliation') }}
select
    stream,
    _source_file as file,
    breach
from {{ file_accounts(
    streams=touched_streams(),
    manifests=relation_named('ops_batch_manifests'),
    landed_files=relation_named('ops_landed_files'),
) }}
where verdict = 'unaccounted'
