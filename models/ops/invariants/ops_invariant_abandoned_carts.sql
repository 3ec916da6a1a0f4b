{{ config(materialized='view') }}

with gold_cart_abandonment_fact as (
    select * from {{ ref('gold_cart_abandonment_fact') }}
),

gold_sales_fact_ecommerce as (
    select * from {{ ref('gold_sales_fact_ecommerce') }}
),

carts as (
    select
        carts.cart_id,
        min(orders.transaction_id) as order_id
    from gold_cart_abandonment_fact as carts
    left join gold_sales_fact_ecommerce as orders
        on carts.cart_id = orders.session_id and orders.order_status <> 'cancelled'
    group by carts.cart_id
),

final as (
    select
        cart_id,
        order_id,
        case when order_id is null then 'kept' else 'broken' end as verdict
    from carts
)

select * from final
