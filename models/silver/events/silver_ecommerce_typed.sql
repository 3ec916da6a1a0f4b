{{ config(materialized='view') }}

with bronze_ecommerce_orders as (
    select * from {{ ref('bronze_ecommerce_orders') }}
),

parsed as (
    select
        *,
        {{ parse_object('shipping_address', shipping_address_fields()) }} as address
    from bronze_ecommerce_orders
),

typed as (
    select
        {{ typed_text('order_id') }} as order_id,
        {{ typed_text('channel') }} as channel_code,
        {{ typed_timestamp('timestamp') }} as event_at,
        {{ typed_text('customer_id') }} as customer_id,
        {{ typed_text('customer_segment') }} as customer_segment,
        shipping_address,
        {{ typed_text('address.city') }} as ship_to_city,
        {{ typed_text('address.state') }} as ship_to_state,
        {{ typed_text('address.zip') }} as ship_to_zip,
        {{ typed_text('shipping_method') }} as shipping_method,
        items,
        {{ item_count('items') }} as line_item_count,
        {{ typed_text('payment_method') }} as payment_method,
        {{ typed_text('promo_code') }} as promo_code,
        {{ typed_text('session_id') }} as session_id,
        timestamp as timestamp_text,
        _corrupt_record,
        _source_file,
        _ingested_at
    from parsed
),

final as (
    select
        *,
        {{ date_key('event_at') }} as date_key
    from typed
)

select * from final
