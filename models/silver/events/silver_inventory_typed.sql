{{ config(materialized='view') }}

with bronze_inventory_movements as (
    select * from {{ ref('bronze_inventory_movements') }}
),

typed as (
    select
        {{ typed_text('movement_id') }} as movement_id,
        {{ lower_case(typed_text('movement_type')) }} as movement_type,
        {{ typed_timestamp('timestamp') }} as event_at,
        {{ typed_text('location_id') }} as location_id,
        {{ typed_text('sku') }} as sku,
        {{ typed_integer('quantity') }} as quantity,
        {{ typed_text('reason_code') }} as reason_code,
        {{ typed_text('reference_id') }} as reference_id,
        {{ typed_amount('cost_per_unit') }} as cost_per_unit,
        {{ typed_text('movement_type') }} as movement_type_text,
        timestamp as timestamp_text,
        quantity as quantity_text,
        cost_per_unit as cost_per_unit_text,
        _corrupt_record,
        _source_file,
        _ingested_at
    from bronze_inventory_movements
),

final as (
    select
        *,
        {{ date_key('event_at') }} as date_key
    from typed
)

select * from final
