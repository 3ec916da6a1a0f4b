{{ config(materialized='view') }}

with bronze_pos_transactions as (
    select * from {{ ref('bronze_pos_transactions') }}
),

typed as (
    select
        {{ typed_text('transaction_id') }} as transaction_id,
        {{ typed_text('store_id') }} as store_id,
        {{ typed_integer('register_id') }} as register_id,
        {{ typed_timestamp('timestamp') }} as event_at,
        {{ typed_text('customer_id') }} as customer_id,
        {{ typed_text('customer_segment') }} as customer_segment,
        coalesce({{ typed_text('channel_code') }}, 'STORE_POS') as channel_code,
        items,
        {{ item_count('items') }} as line_item_count,
        {{ typed_text('payment_method') }} as payment_method,
        {{ typed_text('associate_id') }} as associate_id,
        coalesce({{ typed_text('transaction_type') }}, 'sale') as transaction_type,
        {{ typed_text('original_transaction_id') }} as original_transaction_id,
        register_id as register_id_text,
        timestamp as timestamp_text,
        _corrupt_record,
        _source_file,
        _ingested_at
    from bronze_pos_transactions
),

final as (
    select
        *,
        {{ date_key('event_at') }} as date_key
    from typed
)

select * from final
