{{ config(severity='error', tags=['reconciliation']) }}

-- depends_on: {{ ref('ops_reconciliation') }}
{%- set streams = reconciled_streams(built_relation) %}
select
    stream,
    _source_file as file,
    breach
from {{ file_accounts(
    streams=streams,
    manifests=built_relation('ops_batch_manifests'),
    landed_files=built_relation('ops_landed_files'),
    scope=touched_files(streams),
) }}
where verdict = 'unaccounted'
