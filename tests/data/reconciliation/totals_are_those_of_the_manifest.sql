{{ config(severity='error', tags=['reconciliation']) }}

-- depends_on: {{ ref('ops_control_totals') }}
{%- set streams = reconciled_streams(built_relation) %}
select
    stream,
    batch,
    quantity_difference,
    net_sales_difference
from {{ batch_totals(
    streams=streams,
    manifests=built_relation('ops_batch_manifests'),
    landed_files=built_relation('ops_landed_files'),
    scope=touched_files(streams),
) }}
where verdict = 'differs'
