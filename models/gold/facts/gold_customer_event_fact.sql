{{ config(unique_key='event_id', meta={'replaces': 'event_id'}) }}
{%- set load = load_of_stream('clickstream', keys={
    'product': 'sku',
    'channel': 'channel_code',
    'customer': 'customer_id',
}) %}

with silver_clickstream_events as (
    select * from {{ ref('silver_clickstream_events') }}
    where {{ load.changed }}
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

repeated_events as (
    select id from {{ repeated_ids('silver_clickstream_events', 'event_id') }}
),

empty_dimensions as (
    select id from {{ empty_dimensions([
        'gold_product_dim',
        'gold_channel_dim',
        'gold_customer_dim',
    ]) }}
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
        customer_id,
        local_date
    from silver_clickstream_events
    where
        {{ stop_if('gold_customer_event_fact__unique_event', 'repeated_events') }}
        and {{ stop_if('gold_customer_event_fact__dimensions_loaded', 'empty_dimensions') }}
)

select * from final {{ load.plan }}
