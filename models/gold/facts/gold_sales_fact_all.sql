{{ config(materialized='view') }}

with gold_sales_fact as (
    select * from {{ ref('gold_sales_fact') }}
),

gold_sales_fact_ecommerce as (
    select * from {{ ref('gold_sales_fact_ecommerce') }}
),

final as (
    select
        line_item_id,
        transaction_id,
        line_number,
        customer_key,
        product_key,
        location_key,
        channel_key,
        date_key,
        time_key,
        order_number,
        pos_terminal_id,
        sales_associate_id,
        quantity_sold,
        quantity_requested,
        is_inventory_constrained,
        unit_price,
        discount_amount,
        net_sales_amount,
        tax_amount,
        gross_margin_amount,
        is_return,
        is_promotional,
        is_clearance,
        fulfillment_type,
        payment_method,
        source_system,
        event_at,
        _ingested_at,
        sku,
        channel_code,
        customer_id,
        original_transaction_id,
        discount_type,
        local_date,
        case when not is_return then concat(source_system, ':', transaction_id) end
            as counted_order_id
    from gold_sales_fact
    union all
    select
        line_item_id,
        transaction_id,
        line_number,
        customer_key,
        product_key,
        location_key,
        channel_key,
        date_key,
        time_key,
        order_number,
        pos_terminal_id,
        sales_associate_id,
        quantity_sold,
        quantity_requested,
        is_inventory_constrained,
        unit_price,
        discount_amount,
        net_sales_amount,
        tax_amount,
        gross_margin_amount,
        is_return,
        is_promotional,
        is_clearance,
        fulfillment_type,
        payment_method,
        source_system,
        event_at,
        _ingested_at,
        sku,
        channel_code,
        customer_id,
        original_transaction_id,
        discount_type,
        local_date,
        case when order_status <> 'cancelled' then concat(source_system, ':', transaction_id) end
            as counted_order_id
    from gold_sales_fact_ecommerce
)

select * from final
