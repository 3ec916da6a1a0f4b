{{ config(
    unique_key='movement_id',
    meta={
        'replaces': 'movement_id',
        'changes': {'silver_inventory_events': 'movement_id', 'silver_inventory_movements': 'movement_id'},
    },
) }}

with silver_inventory_movements as (
    select * from {{ ref('silver_inventory_movements') }}
    where
        {{ is_of_changed(
            ref('silver_inventory_events'),
            'movement_id',
            keyed=ref('silver_inventory_movements'),
        ) }}
),

gold_product_dim as (
    select * from {{ ref('gold_product_dim') }}
),

-- The unknown product costs 0.
costed as (
    select
        movements.*,
        coalesce(movements.cost_per_unit, product.unit_cost) as unit_cost
    from silver_inventory_movements as movements
    inner join gold_product_dim as product on movements.product_key = product.product_key
),

final as (
    select
        movement_id,
        product_key,
        location_key,
        date_key,
        time_key,
        movement_type,
        coalesce(reason_code, 'unknown') as movement_reason,
        quantity_change,
        unit_cost,
        cast(quantity_change * unit_cost as decimal(18, 2)) as total_cost,
        reference_id,
        event_at,
        _ingested_at,
        sku,
        location_id
    from costed
)

select * from final
