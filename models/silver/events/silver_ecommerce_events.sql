{{ config(
    unique_key=['order_id', '_version'],
    meta={'replaces': 'order_id'},
) }}

with silver_ecommerce_typed as (
    select * from {{ ref('silver_ecommerce_typed') }}
    where {{ since_mark(ref('silver_ecommerce_typed'), '_ingested_at') }}
),

valid as (
    select * from silver_ecommerce_typed
    where {{ meets_expectations('silver_ecommerce_events') }}
),

final as (
    select * from {{ distinct_versions(
        events='valid',
        id='order_id',
        columns=[
            'order_id',
            'channel_code',
            'event_at',
            'date_key',
            'customer_id',
            'customer_segment',
            'shipping_address',
            'ship_to_city',
            'ship_to_state',
            'ship_to_zip',
            'shipping_method',
            'items',
            'line_item_count',
            'payment_method',
            'promo_code',
            'session_id',
            'timestamp_text',
            '_corrupt_record',
        ],
        fingerprint=event_fingerprint('ecommerce'),
    ) }}
)

select * from final
