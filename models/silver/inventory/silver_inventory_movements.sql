with silver_inventory_deliveries as (
    select * from {{ ref('silver_inventory_deliveries') }}
    where verdict = 'current'
),

gold_product_dim as (
    select * from {{ ref('gold_product_dim') }}
),

gold_location_dim as (
    select * from {{ ref('gold_location_dim') }}
),

keyed as (
    select * from {{ with_dimension_keys('silver_inventory_deliveries', {
        'product': 'sku',
        'location': 'location_id',
    }) }}
),

final as (
    select
        movement_id,
        event_at,
        {{ date_key('local_date') }} as date_key,
        {{ time_key('local_at') }} as time_key,
        movement_type,
        location_id,
        sku,
        quantity,
        {{ var('streams').inventory.written }} as quantity_change,
        reason_code,
        reference_id,
        cost_per_unit,
        product_key,
        location_key,
        updated_at,
        _source_file,
        _ingested_at,
        _changed_at,
        local_date
    from keyed
)

select * from final
