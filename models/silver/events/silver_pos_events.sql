{{ config(
    unique_key=['transaction_id', '_version'],
    meta={'replaces': 'transaction_id'},
) }}

with silver_pos_typed as (
    select * from {{ ref('silver_pos_typed') }}
    where {{ since_mark(ref('silver_pos_typed'), '_ingested_at') }}
),

valid as (
    select * from silver_pos_typed
    where {{ meets_expectations('silver_pos_events') }}
),

final as (
    select * from {{ distinct_versions(
        events='valid',
        id='transaction_id',
        columns=[
            'transaction_id',
            'store_id',
            'register_id',
            'event_at',
            'date_key',
            'customer_id',
            'customer_segment',
            'channel_code',
            'items',
            'line_item_count',
            'payment_method',
            'associate_id',
            'transaction_type',
            'original_transaction_id',
            'register_id_text',
            'timestamp_text',
            '_corrupt_record',
        ],
        fingerprint=event_fingerprint('pos'),
    ) }}
)

select * from final
