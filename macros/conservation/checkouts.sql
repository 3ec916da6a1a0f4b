{#
  The orders that name a session, from when the clickstream had begun, one row each with what was ordered,
  and the instant of the session's complete_checkout: the first that names the order or no order at all.
  For CTEs: session_orders, checkouts, checked_out_orders.
#}
{% macro checked_out_orders() -%}
    {%- set orders = ref('gold_sales_fact_ecommerce') -%}
    {%- set clicks = ref('gold_customer_event_fact') -%}
    session_orders as (
        select
            transaction_id as order_id,
            session_id,
            sum(quantity_sold) as ordered_quantity,
            sum(cast(quantity_sold * unit_price as decimal(18, 2))) as ordered_value
        from {{ orders }}
        where
            session_id is not null
            and event_at >= (select min(event_at) from {{ clicks }})
            and {{ is_of_touched('session_id', [
                {'model': orders, 'id': 'session_id'},
                {'model': clicks, 'id': 'session_id'},
            ]) }}
        group by transaction_id, session_id
    ),

    checkouts as (
        select
            session_id,
            event_id,
            event_type,
            event_at,
            order_id,
            cart_items,
            cart_value
        from {{ clicks }}
        where
            event_type in ('begin_checkout', 'complete_checkout')
            and session_id in (select session_id from session_orders)
    ),

    checked_out_orders as (
        select
            orders.order_id,
            orders.session_id,
            orders.ordered_quantity,
            orders.ordered_value,
            min(checkouts.event_at) as completed_at
        from session_orders as orders
        left join checkouts
            on orders.session_id = checkouts.session_id
            and checkouts.event_type = 'complete_checkout'
            and coalesce(checkouts.order_id, orders.order_id) = orders.order_id
        group by orders.order_id, orders.session_id, orders.ordered_quantity, orders.ordered_value
    )
{%- endmacro %}


{# Every order that names a session has a complete_checkout there. #}
{% macro balances_of_orders_and_checkouts() -%}
    (
        with {{ checked_out_orders() }}

        select
            order_id,
            session_id,
            completed_at,
            case when completed_at is not null then 'kept' else 'broken' end as verdict
        from checked_out_orders
    )
{%- endmacro %}


{#
  Every order that names a session is the cart at that session's last begin_checkout before it was completed:
  as many items, and their value before discounts.
#}
{% macro balances_of_orders_and_carts() -%}
    (
        with {{ checked_out_orders() }},

        compared as (
            select
                orders.order_id,
                orders.session_id,
                orders.ordered_quantity,
                checkouts.cart_items,
                orders.ordered_value,
                checkouts.cart_value
            from checked_out_orders as orders
            left join checkouts
                on orders.session_id = checkouts.session_id
                and checkouts.event_type = 'begin_checkout'
                and checkouts.event_at <= coalesce(orders.completed_at, checkouts.event_at)
            qualify row_number() over (
                partition by orders.order_id order by checkouts.event_at desc, checkouts.event_id desc
            ) = 1
        ),

        quarantined as (
            {{ quarantined_sales() }}
        )

        select
            compared.*,
            case
                when ordered_quantity = cart_items and ordered_value = cart_value then 'kept'
                when quarantined.event_id is not null then 'quarantined'
                else 'broken'
            end as verdict
        from compared
        left join quarantined on compared.order_id = quarantined.event_id
    )
{%- endmacro %}


{# No order names the session of an abandoned cart. #}
{% macro balances_of_abandoned_carts() -%}
    {%- set carts = ref('gold_cart_abandonment_fact') -%}
    {%- set orders = ref('gold_sales_fact_ecommerce') -%}
    (
        select
            carts.cart_id,
            min(orders.transaction_id) as order_id,
            case when min(orders.transaction_id) is null then 'kept' else 'broken' end as verdict
        from {{ carts }} as carts
        left join {{ orders }} as orders on carts.cart_id = orders.session_id
        where {{ is_of_touched('carts.cart_id', [
            {'model': carts, 'id': 'cart_id'},
            {'model': orders, 'id': 'session_id'},
        ]) }}
        group by carts.cart_id
    )
{%- endmacro %}
