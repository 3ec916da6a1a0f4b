{{ config(severity='error', tags=['reconciliation']) }}

-- depends_on: {{ ref('ops_control_totals') }}
select
    stream,
    batch,
    quantity_difference,
    net_sales_difference
from {{ batch_totals(
    streams=touched_streams(),
    manifests=relation_named('ops_batch_manifests'),
    landed_files=relation_named('ops_landed_files'),
) }}
where verdict = 'differs'
