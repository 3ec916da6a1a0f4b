select
    movement_id,
    movement_type,
    timestamp,
    location_id,
    sku,
    quantity,
    reason_code,
    reference_id,
    cost_per_unit,
    updated_at,
    _corrupt_record,
    _rescued_data,
    _source_file,
    _ingested_at
from {{ read_landing('inventory') }}
