{{ config(
    unique_key='quarantine_id',
    meta={
        'replaces': 'replaced_with',
        'changes': {'silver_pos_events': "concat('pos:', transaction_id)"},
    },
) }}

with silver_pos_typed as (
    select * from {{ ref('silver_pos_typed') }}
    where
        {{ since_mark(ref('silver_pos_typed'), '_ingested_at') }}
        and {{ is_of_file_with_rejects(ref('silver_pos_typed'), ref('silver_pos_events')) }}
),

silver_pos_events as (
    select * from {{ ref('silver_pos_events') }}
    where
        {{ since_mark(ref('silver_pos_events'), '_changed_at') }}
        and (
            not is_current
            or {{ is_of_day_with_rejects(
                events=ref('silver_pos_events'),
                lines=ref('silver_transactions_unified'),
                id='transaction_id',
            ) }}
        )
),

silver_transactions_unified as (
    select * from {{ ref('silver_transactions_unified') }}
    where {{ is_of_changed(ref('silver_pos_events'), 'transaction_id') }}
),

pos_rejected as (
    {{ rejected_rows(
        typed='silver_pos_typed',
        events='silver_pos_events',
        lines='silver_transactions_unified',
        source='pos',
        id='transaction_id',
        columns=[
            'transaction_id',
            'store_id',
            'register_id_text',
            'timestamp_text',
            'customer_id',
            'customer_segment',
            'channel_code',
            'payment_method',
            'associate_id',
            'transaction_type',
            'original_transaction_id',
        ],
        content={
            'transaction_id': json_text('transaction_id'),
            'store_id': json_text('store_id'),
            'register_id': json_text('register_id_text'),
            'timestamp': json_text('timestamp_text'),
            'customer_id': json_text('customer_id'),
            'customer_segment': json_text('customer_segment'),
            'channel_code': json_text('channel_code'),
            'items': line_items_json('items'),
            'payment_method': json_text('payment_method'),
            'associate_id': json_text('associate_id'),
            'transaction_type': json_text('transaction_type'),
            'original_transaction_id': json_text('original_transaction_id'),
        },
    ) }}
),

final as (
    select
        source,
        event_id,
        line_number,
        failed_expectations,
        raw_content,
        cast(null as timestamp) as resolved_at,
        cast(null as string) as resolved_by,
        _source_file,
        _ingested_at,
        replaced_with,
        quarantine_id
    from pos_rejected
)

select * from final
