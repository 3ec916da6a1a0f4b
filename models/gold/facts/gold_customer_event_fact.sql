{{ config(
    unique_key='event_id',
    meta={
        'replaces': 'event_id',
        'changes': {'silver_click_events': 'event_id', 'silver_clickstream_events': 'event_id'},
    },
) }}

with silver_clickstream_events as (
    select * from {{ ref('silver_clickstream_events') }}
    where
        {{ is_of_changed(
            ref('silver_click_events'),
            'event_id',
            keyed=ref('silver_clickstream_events'),
        ) }}
),

final as (
    select
        event_id,
        session_id,
        customer_key,
        product_key,
        channel_key,
        date_key,
        time_key,
        event_type,
        coalesce(page_url, 'unknown') as page_url,
        search_term,
        coalesce(device_type, 'unknown') as device_type,
        coalesce(browser, 'unknown') as browser,
        referrer,
        cart_items,
        cart_value,
        order_id,
        event_at,
        _ingested_at,
        sku,
        channel_code,
        customer_id
    from silver_clickstream_events
)

select * from final
