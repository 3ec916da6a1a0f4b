{{ config(unique_key=['transaction_id', '_delivery']) }}
{%- set load = delivery_load('pos') %}

with bronze_pos_transactions as (
    select * from {{ ref('bronze_pos_transactions') }}
    where {{ load.is_incoming }}
),

-- Nothing is filled in here: what is missing must not equal what is given.
typed as (
    select
        {{ typed_text('transaction_id') }} as transaction_id,
        {{ typed_text('store_id') }} as store_id,
        {{ typed_integer('register_id') }} as register_id,
        {{ typed_timestamp('timestamp') }} as event_at,
        {{ typed_text('customer_id') }} as customer_id,
        {{ typed_text('customer_segment') }} as customer_segment,
        {{ typed_text('channel_code') }} as channel_code,
        {{ parse_items('items', var('line_item_fields')) }} as item_list,
        {{ typed_text('payment_method') }} as payment_method,
        {{ typed_text('associate_id') }} as associate_id,
        {{ typed_word('transaction_type') }} as transaction_type,
        {{ typed_text('original_transaction_id') }} as original_transaction_id,
        {{ typed_timestamp('updated_at') }} as updated_at,
        {{ bronze_texts('pos') }} as texts,
        _corrupt_record is null as is_parsable,
        _corrupt_record,
        _source_file,
        _ingested_at
    from bronze_pos_transactions
),

judged as (
    select * from {{ judged_rows('pos', load) }}
)

select
    transaction_id,
    store_id,
    register_id,
    event_at,
    customer_id,
    customer_segment,
    channel_code,
    items,
    line_item_count,
    kept_line_item_count,
    payment_method,
    associate_id,
    transaction_type,
    original_transaction_id,
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
