{{ config(severity='warn', tags=['reconciliation']) }}

select _source_file as manifest
from {{ ref('ops_batch_manifests') }}
where batch is null or stream is null or files is null
