with silver_ecommerce_deliveries as (
    select * from {{ ref('silver_ecommerce_deliveries') }}
),

final as (
    select
        order_id,
        line_number,
        channel_code,
        event_at,
        customer_id,
        customer_segment,
        ship_to_city,
        ship_to_state,
        ship_to_zip,
        shipping_method,
        {{ line_item_columns() }},
        payment_method,
        promo_code,
        session_id,
        order_status,
        updated_at,
        verdict,
        _source_file,
        _ingested_at,
        _load,
        _changed_at
    from {{ explode_items('silver_ecommerce_deliveries', 'items') }}
)

select * from final
