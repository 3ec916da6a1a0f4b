{{ config(severity='error', tags=['reconciliation']) }}

-- depends_on: {{ ref('ops_control_totals') }}
select
    stream,
    batch,
    quantity_difference,
    net_sales_difference
from {{ batch_totals(
    streams=touched_streams(),
    manifests=built_relation('ops_batch_manifests'),
    landed_files=built_relation('ops_landed_files'),
) }}
where verdict = 'differs'
