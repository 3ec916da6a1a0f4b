{{ config(unique_key='movement_id', meta={'replaces': 'movement_id'}) }}
{%- set load = load_of_stream('inventory', keys={'product': 'sku', 'location': 'location_id'}) %}

with silver_inventory_movements as (
    select * from {{ ref('silver_inventory_movements') }}
    where {{ load.changed }}
),

gold_product_dim as (
    select * from {{ ref('gold_product_dim') }}
),

gold_location_dim as (
    select * from {{ ref('gold_location_dim') }}
),

gold_product_price_history as (
    select * from {{ ref('gold_product_price_history') }}
),

repeated_movements as (
    select id from {{ repeated_ids('silver_inventory_movements', 'movement_id') }}
),

empty_dimensions as (
    select id from {{ empty_dimensions(['gold_product_dim', 'gold_location_dim']) }}
),

-- What no list gives a cost costs 0.
costed as (
    select
        movements.*,
        coalesce(movements.cost_per_unit, price.unit_cost, 0) as unit_cost
    from silver_inventory_movements as movements
    left join gold_product_price_history as price
        on {{ is_valid_for('movements', 'product', 'price') }}
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
        location_id,
        local_date
    from costed
    where
        {{ stop_if('gold_inventory_movement_fact__unique_movement', 'repeated_movements') }}
        and {{ stop_if('gold_inventory_movement_fact__dimensions_loaded', 'empty_dimensions') }}
)

select * from final {{ load.plan }}
