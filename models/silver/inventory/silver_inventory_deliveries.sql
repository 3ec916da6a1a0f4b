{{ config(unique_key=['movement_id', '_delivery']) }}
{%- set load = delivery_load('inventory') %}

with bronze_inventory_movements as (
    select * from {{ ref('bronze_inventory_movements') }}
    where {{ load.is_incoming }}
),

typed as (
    select
        {{ typed_text('movement_id') }} as movement_id,
        {{ typed_word('movement_type') }} as movement_type,
        {{ typed_timestamp('timestamp') }} as event_at,
        {{ typed_text('location_id') }} as location_id,
        {{ typed_text('sku') }} as sku,
        {{ typed_integer('quantity') }} as quantity,
        {{ typed_text('reason_code') }} as reason_code,
        {{ typed_text('reference_id') }} as reference_id,
        {{ typed_amount('cost_per_unit') }} as cost_per_unit,
        {{ typed_timestamp('updated_at') }} as updated_at,
        {{ bronze_texts('inventory') }} as texts,
        _corrupt_record is null as is_parsable,
        _corrupt_record,
        _source_file,
        _ingested_at
    from bronze_inventory_movements
),

judged as (
    select * from {{ judged_rows('inventory', load) }}
)

select
    movement_id,
    movement_type,
    event_at,
    location_id,
    sku,
    quantity,
    reason_code,
    reference_id,
    cost_per_unit,
    updated_at,
    is_parsable,
    verdict,
    failed_expectations,
    raw_content,
    _source_file,
    _ingested_at,
    _delivery,
    _duplicate_of,
    _load,
    _changed_at,
    _rules
from judged {{ load.plan }}
