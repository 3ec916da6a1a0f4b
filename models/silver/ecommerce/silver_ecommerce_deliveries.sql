{{ config(unique_key=['order_id', '_delivery']) }}
{%- set load = delivery_load('ecommerce') %}

with bronze_ecommerce_orders as (
    select * from {{ ref('bronze_ecommerce_orders') }}
    where {{ load.is_incoming }}
),

parsed as (
    select
        *,
        {{ parse_object('shipping_address', ['city', 'state', 'zip']) }} as address
    from bronze_ecommerce_orders
),

-- Nothing is filled in here: what is missing must not equal what is given.
typed as (
    select
        {{ typed_text('order_id') }} as order_id,
        {{ typed_text('channel') }} as channel_code,
        {{ typed_timestamp('timestamp') }} as event_at,
        {{ typed_text('customer_id') }} as customer_id,
        {{ typed_text('customer_segment') }} as customer_segment,
        {{ typed_text('address.city') }} as ship_to_city,
        {{ typed_text('address.state') }} as ship_to_state,
        {{ typed_text('address.zip') }} as ship_to_zip,
        {{ typed_text('shipping_method') }} as shipping_method,
        {{ parse_items('items', var('line_item_fields')) }} as item_list,
        {{ typed_text('payment_method') }} as payment_method,
        {{ typed_text('promo_code') }} as promo_code,
        {{ typed_text('session_id') }} as session_id,
        -- Both spellings are in use.
        case
            when {{ typed_word('status') }} = 'canceled' then 'cancelled'
            else {{ typed_word('status') }}
        end as order_status,
        {{ typed_timestamp('updated_at') }} as updated_at,
        {{ bronze_texts('ecommerce') }} as texts,
        _corrupt_record is null as is_parsable,
        _corrupt_record,
        _source_file,
        _ingested_at
    from parsed
),

judged as (
    select * from {{ judged_rows('ecommerce', load) }}
)

select
    order_id,
    channel_code,
    event_at,
    customer_id,
    customer_segment,
    ship_to_city,
    ship_to_state,
    ship_to_zip,
    shipping_method,
    items,
    line_item_count,
    kept_line_item_count,
    payment_method,
    promo_code,
    session_id,
    order_status,
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
