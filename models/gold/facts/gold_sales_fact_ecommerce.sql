{{ config(unique_key='line_item_id', meta={'replaces': 'transaction_id'}) }}
{%- set load = load_of_stream('ecommerce', keys={
    'product': 'sku',
    'channel': 'channel_code',
    'customer': 'customer_id',
    'state': 'ship_to_state',
}) %}

with silver_ecommerce_unified as (
    select * from {{ ref('silver_ecommerce_unified') }}
    where {{ load.changed }}
),

silver_ecommerce_deliveries as (
    select * from {{ ref('silver_ecommerce_deliveries') }}
    where verdict = 'current' and {{ load.changed_deliveries }}
),

gold_product_dim as (
    select * from {{ ref('gold_product_dim') }}
),

gold_channel_dim as (
    select * from {{ ref('gold_channel_dim') }}
),

gold_customer_dim as (
    select * from {{ ref('gold_customer_dim') }}
),

gold_product_price_history as (
    select * from {{ ref('gold_product_price_history') }}
),

gold_location_rate_history as (
    select * from {{ ref('gold_location_rate_history') }}
),

-- Positions are unique within an event, so a line item repeats only where an order does.
repeated_orders as (
    select id from {{ repeated_ids('silver_ecommerce_deliveries', 'order_id') }}
),

empty_dimensions as (
    select id from {{ empty_dimensions([
        'gold_product_dim',
        'gold_channel_dim',
        'gold_customer_dim',
    ]) }}
),

taxed as (
    select
        lines.*,
        false as is_return,
        case when lines.order_status = 'cancelled' then 0 else 1 end as direction,
        coalesce(rate.state_tax_rate, {{ var('default_tax_rate') }}) as tax_rate
    from silver_ecommerce_unified as lines
    left join gold_location_rate_history as rate
        on {{ typed_word('lines.ship_to_state') }} = rate.rate_of_state
        and lines.local_date >= rate.valid_from
        and lines.local_date < rate.valid_to
),

measured as (
    select * from {{ with_sale_amounts('taxed') }}
),

final as (
    select
        concat(order_id, '-', line_number) as line_item_id,
        order_id as transaction_id,
        line_number,
        customer_key,
        product_key,
        -1 as location_key,
        channel_key,
        date_key,
        time_key,
        order_id as order_number,
        cast(null as string) as pos_terminal_id,
        cast(null as string) as sales_associate_id,
        quantity_sold,
        quantity_wanted as quantity_requested,
        is_inventory_constrained,
        cast(unit_price as decimal(18, 2)) as unit_price,
        discount_amount,
        net_sales_amount,
        tax_amount,
        gross_margin_amount,
        is_return,
        unit_discount > 0 or promo_code is not null as is_promotional,
        discount_type = 'clearance' as is_clearance,
        coalesce(shipping_method, 'unknown') as fulfillment_type,
        coalesce(payment_method, 'unknown') as payment_method,
        'ecommerce' as source_system,
        promo_code,
        session_id,
        coalesce(ship_to_state, 'unknown') as ship_to_state,
        event_at,
        _ingested_at,
        sku,
        channel_code,
        customer_id,
        cast(null as string) as original_transaction_id,
        discount_type,
        order_status,
        local_date
    from measured
    where
        {{ stop_if('gold_sales_fact_ecommerce__unique_line_item', 'repeated_orders') }}
        and {{ stop_if('gold_sales_fact_ecommerce__dimensions_loaded', 'empty_dimensions') }}
)

select * from final {{ load.plan }}
