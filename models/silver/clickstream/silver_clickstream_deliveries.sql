{{ config(unique_key=['event_id', '_delivery']) }}
{%- set load = delivery_load('clickstream') %}

with bronze_clickstream_events as (
    select * from {{ ref('bronze_clickstream_events') }}
    where {{ load.is_incoming }}
),

parsed as (
    select
        *,
        {{ parse_object('cart', ['items', 'value']) }} as cart_state
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
        {{ typed_integer('cart_state.items') }} as cart_items,
        {{ typed_amount('cart_state.value') }} as cart_value,
        {{ typed_text('order_id') }} as order_id,
        {{ typed_timestamp('updated_at') }} as updated_at,
        {{ bronze_texts('clickstream') }} as texts,
        _corrupt_record is null as is_parsable,
        _corrupt_record,
        _source_file,
        _ingested_at
    from parsed
),

judged as (
    select * from {{ judged_rows('clickstream', load) }}
)

select
    event_id,
    session_id,
    event_type,
    event_at,
    channel_code,
    customer_id,
    customer_segment,
    page_url,
    sku,
    device_type,
    browser,
    referrer,
    cart_items,
    cart_value,
    order_id,
    updated_at,
    is_parsable,
    verdict,
    failed_expectations,
    raw_content,
    _source_file,
    _ingested_at,
    _delivery,
    _duplicate_of,
    _load,
    _changed_at,
    _rules
from judged {{ load.plan }}
