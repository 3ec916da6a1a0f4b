{{ config(
    unique_key=['event_id', '_version'],
    meta={'replaces': 'event_id'},
) }}

with silver_clickstream_typed as (
    select * from {{ ref('silver_clickstream_typed') }}
    where {{ since_mark(ref('silver_clickstream_typed'), '_ingested_at') }}
),

valid as (
    select * from silver_clickstream_typed
    where {{ meets_expectations('silver_click_events') }}
),

final as (
    select * from {{ distinct_versions(
        events='valid',
        id='event_id',
        columns=[
            'event_id',
            'session_id',
            'event_type',
            'event_at',
            'date_key',
            'channel_code',
            'customer_id',
            'customer_segment',
            'page_url',
            'sku',
            'device_type',
            'browser',
            'referrer',
            'cart',
            'cart_items',
            'cart_value',
            'order_id',
            'timestamp_text',
            '_corrupt_record',
        ],
        fingerprint=event_fingerprint('clickstream'),
    ) }}
)

select * from final
