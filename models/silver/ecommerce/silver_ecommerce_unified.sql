with silver_ecommerce_line_items as (
    select * from {{ ref('silver_ecommerce_line_items') }}
    where verdict = 'current' and item_failed_expectations is null
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

keyed as (
    select * from {{ with_dimension_keys('silver_ecommerce_line_items', {
        'product': 'sku',
        'channel': 'channel_code',
        'customer': 'customer_id',
    }) }}
),

-- What a file leaves out is filled in here.
final as (
    select
        order_id,
        line_number,
        event_at,
        {{ date_key('local_date') }} as date_key,
        {{ time_key('local_at') }} as time_key,
        customer_id,
        known_segment as customer_segment,
        channel_code,
        ship_to_city,
        ship_to_state,
        ship_to_zip,
        shipping_method,
        sku,
        quantity,
        coalesce(quantity_requested, quantity) as quantity_requested,
        unit_price,
        coalesce(unit_discount, 0) as unit_discount,
        coalesce(discount_type, 'none') as discount_type,
        payment_method,
        promo_code,
        session_id,
        customer_key,
        product_key,
        channel_key,
        line_total,
        coalesce(order_status, 'placed') as order_status,
        updated_at,
        _source_file,
        _ingested_at,
        _changed_at,
        local_date
    from keyed
)

select * from final
