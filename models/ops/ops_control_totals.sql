{{ config(materialized='view') }}

select
    batch,
    stream,
    business_day,
    seed,
    scale,
    manifest_quantity,
    gold_quantity,
    quarantined_quantity,
    quantity_difference,
    manifest_net_sales_amount,
    gold_net_sales_amount,
    quarantined_net_sales_amount,
    net_sales_difference,
    verdict,
    _source_file
from {{ batch_totals(
    streams=reconciled_streams(ref),
    manifests=ref('ops_batch_manifests'),
    landed_files=ref('ops_landed_files'),
) }}
