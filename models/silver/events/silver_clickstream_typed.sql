{{ config(materialized='view') }}

with bronze_clickstream_events as (
    select * from {{ ref('bronze_clickstream_events') }}
),

parsed as (
    select
        *,
        {{ parse_object('cart', cart_fields()) }} as cart_state
    from bronze_clickstream_events
),

typed as (
    select
        {{ typed_text('event_id') }} as event_id,
        {{ typed_text('session_id') }} as session_id,
        {{ typed_text('event_type') }} as event_type,
        {{ typed_timestamp('timestamp') }} as event_at,
        {{ typed_text('channel') }} as channel_code,
        {{ typed_text('customer_id') }} as customer_id,
        {{ typed_text('customer_segment') }} as customer_segment,
        {{ typed_text('page_url') }} as page_url,
        {{ typed_text('product_sku') }} as sku,
        {{ typed_text('device_type') }} as device_type,
        {{ typed_text('browser') }} as browser,
        {{ typed_text('referrer') }} as referrer,
        cart,
        {{ typed_integer('cart_state.items') }} as cart_items,
        {{ typed_amount('cart_state.value') }} as cart_value,
        {{ typed_text('order_id') }} as order_id,
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
