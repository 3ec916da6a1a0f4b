{{ config(materialized='view') }}

with ops_orders_of_sessions as (
    select * from {{ ref('ops_orders_of_sessions') }}
),

gold_customer_event_fact as (
    select * from {{ ref('gold_customer_event_fact') }}
),

ops_quarantined_sales as (
    select * from {{ ref('ops_quarantined_sales') }}
),

begun_checkouts as (
    select
        session_id,
        event_id,
        event_at,
        cart_items,
        cart_value
    from gold_customer_event_fact
    where event_type = 'begin_checkout'
),

compared as (
    select
        orders.order_id,
        orders.session_id,
        orders.ordered_quantity,
        begun.cart_items,
        orders.ordered_value,
        begun.cart_value
    from ops_orders_of_sessions as orders
    left join begun_checkouts as begun
        on orders.session_id = begun.session_id
        and begun.event_at <= coalesce(orders.completed_at, begun.event_at)
    qualify
        row_number() over (
            partition by orders.order_id
            order by begun.event_at desc, begun.event_id desc
        ) = 1
),

final as (
    select
        compared.order_id,
        compared.session_id,
        compared.ordered_quantity,
        compared.cart_items,
        compared.ordered_value,
        compared.cart_value,
        case
            when
                compared.ordered_quantity = compared.cart_items
                and compared.ordered_value = compared.cart_value
                then 'kept'
            when quarantined.event_id is not null then 'quarantined'
            else 'broken'
        end as verdict
    from compared
    left join ops_quarantined_sales as quarantined on compared.order_id = quarantined.event_id
)

select * from final
