with silver_clickstream_deliveries as (
    select * from {{ ref('silver_clickstream_deliveries') }}
    where verdict = 'current'
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
    select * from {{ with_dimension_keys('silver_clickstream_deliveries', {
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
        {{ date_key('local_date') }} as date_key,
        {{ time_key('local_at') }} as time_key,
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
        updated_at,
        _source_file,
        _ingested_at,
        _changed_at,
        local_date
    from searched
)

select * from final
