{{ config(materialized='view') }}

with gold_sales_fact_all as (
    select * from {{ ref('gold_sales_fact_all') }}
),

gold_inventory_movement_fact as (
    select * from {{ ref('gold_inventory_movement_fact') }}
),

silver_ecommerce_deliveries as (
    select * from {{ ref('silver_ecommerce_deliveries') }}
    where verdict = 'current'
),

ops_quarantined_sales as (
    select * from {{ ref('ops_quarantined_sales') }}
),

-- Products are compared by SKU: all that the master data does not know share one key.
changes as (
    select
        source_system as stream,
        transaction_id as reference_id,
        sku,
        -quantity_sold as sold_change,
        0 as moved_change,
        event_at
    from gold_sales_fact_all
    union all
    select
        case when movement_reason = 'ONLINE_SALE' then 'ecommerce' else 'pos' end as stream,
        coalesce(reference_id, 'none') as reference_id,
        sku,
        0 as sold_change,
        quantity_change as moved_change,
        event_at
    from gold_inventory_movement_fact
    where movement_type in ('sale', 'return')
),

-- What a cancelled order took from the stock, and gave back to it, is no sale.
cancelled_orders as (
    select
        'ecommerce' as stream,
        order_id as reference_id
    from silver_ecommerce_deliveries
    where order_status = 'cancelled'
),

-- What was sold before the first movement, or moved before the first sale, has no counterpart.
first_sales as (
    select
        source_system as stream,
        min(event_at) as event_at
    from gold_sales_fact_all
    group by source_system
),

first_movement as (
    select min(event_at) as event_at
    from gold_inventory_movement_fact
),

comparable_since as (
    select
        first_sales.stream,
        case
            when first_sales.event_at > first_movement.event_at then first_sales.event_at
            else first_movement.event_at
        end as event_at
    from first_sales
    cross join first_movement
),

compared as (
    select
        changes.reference_id,
        changes.sku,
        sum(changes.sold_change) as sold_change,
        sum(changes.moved_change) as moved_change
    from changes
    inner join comparable_since
        on changes.stream = comparable_since.stream
        and changes.event_at >= comparable_since.event_at
    left join cancelled_orders as cancelled
        on changes.stream = cancelled.stream
        and changes.reference_id = cancelled.reference_id
    where cancelled.reference_id is null
    group by
        changes.reference_id,
        changes.sku
),

final as (
    select
        compared.reference_id,
        compared.sku,
        compared.sold_change,
        compared.moved_change,
        case
            when compared.sold_change = compared.moved_change then 'kept'
            when quarantined.event_id is not null then 'quarantined'
            else 'broken'
        end as verdict
    from compared
    left join ops_quarantined_sales as quarantined
        on compared.reference_id = quarantined.event_id
)

select * from final
