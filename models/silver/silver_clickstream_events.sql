{{ config(
    unique_key='event_id',
    meta={'replaces': 'event_id', 'changes': {'silver_click_events': 'event_id'}},
) }}

{%- set rekeyed = rekeyed(ref('silver_dimension_members'), 'event_id', {
    'product': 'sku',
    'channel': 'channel_code',
    'customer': 'customer_id',
}) %}

with silver_click_events as (
    select * from {{ ref('silver_click_events') }}
    where
        is_current
        and (
            {{ since_mark(ref('silver_click_events'), '_changed_at') }}
            or {{ rekeyed.condition }}
        )
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
    select id from {{ repeated_ids(ref('silver_click_events'), 'event_id') }}
),

empty_dimensions as (
    select id from {{ empty_dimensions([
        'gold_product_dim',
        'gold_channel_dim',
        'gold_customer_dim',
    ]) }}
),

keyed as (
    select * from {{ with_dimension_keys('silver_click_events', {
        'product': 'sku',
        'channel': 'channel_code',
        'customer': 'customer_id',
    }) }}
),

searched as (
    select
        *,
        case when event_type = 'search' then {{ url_parameter('page_url', 'q') }} end as search_text
    from keyed
),

final as (
    select
        event_id,
        session_id,
        event_type,
        event_at,
        date_key,
        {{ time_key('event_at') }} as time_key,
        channel_code,
        customer_id,
        known_segment as customer_segment,
        page_url,
        {{ typed_text('search_text') }} as search_term,
        sku,
        device_type,
        browser,
        referrer,
        cart_items,
        cart_value,
        order_id,
        customer_key,
        product_key,
        channel_key,
        (select count(*) from empty_dimensions) = 0 as are_dimensions_loaded,
        _source_file,
        _ingested_at,
        {{ rekeyed.stamp }} as _keyed_at
    from searched
    where
        {{ stop_if('silver_clickstream_events__unique_event', 'repeated_events') }}
        and {{ stop_if('silver_clickstream_events__dimensions_loaded', 'empty_dimensions') }}
)

select * from final
