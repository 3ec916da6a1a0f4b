{{ config(materialized='view') }}

with gold_sales_fact_ecommerce as (
    select * from {{ ref('gold_sales_fact_ecommerce') }}
),

gold_customer_event_fact as (
    select * from {{ ref('gold_customer_event_fact') }}
),

-- Before the first click, no order has a session that could be found. A cancelled one sold nothing.
orders as (
    select
        transaction_id as order_id,
        session_id,
        sum(quantity_sold) as ordered_quantity,
        sum(cast(quantity_sold * unit_price as decimal(18, 2))) as ordered_value
    from gold_sales_fact_ecommerce
    where
        session_id is not null
        and order_status <> 'cancelled'
        and event_at >= (select min(clicks.event_at) from gold_customer_event_fact as clicks)
    group by
        transaction_id,
        session_id
),

completed_checkouts as (
    select
        session_id,
        order_id,
        event_at
    from gold_customer_event_fact
    where event_type = 'complete_checkout'
),

-- A checkout that names no order may be that of any order of its session.
final as (
    select
        orders.order_id,
        orders.session_id,
        orders.ordered_quantity,
        orders.ordered_value,
        min(completed.event_at) as completed_at
    from orders
    left join completed_checkouts as completed
        on orders.session_id = completed.session_id
        and coalesce(completed.order_id, orders.order_id) = orders.order_id
    group by
        orders.order_id,
        orders.session_id,
        orders.ordered_quantity,
        orders.ordered_value
)

select * from final
