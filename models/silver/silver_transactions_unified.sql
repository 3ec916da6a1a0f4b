{{ config(
    unique_key=['transaction_id', 'line_number'],
    meta={'replaces': 'transaction_id', 'changes': {'silver_pos_events': 'transaction_id'}},
) }}

{%- set rekeyed = rekeyed(ref('silver_dimension_members'), 'transaction_id', {
    'product': 'sku',
    'location': 'store_id',
    'channel': 'channel_code',
    'customer': 'customer_id',
}) %}

with silver_pos_events as (
    select * from {{ ref('silver_pos_events') }}
    where
        is_current
        and (
            {{ since_mark(ref('silver_pos_events'), '_changed_at') }}
            or {{ rekeyed.condition }}
        )
),

gold_product_dim as (
    select * from {{ ref('gold_product_dim') }}
),

gold_location_dim as (
    select * from {{ ref('gold_location_dim') }}
),

gold_channel_dim as (
    select * from {{ ref('gold_channel_dim') }}
),

gold_customer_dim as (
    select * from {{ ref('gold_customer_dim') }}
),

-- Positions are unique within an event, so a line item repeats only where a transaction does.
repeated_transactions as (
    select id from {{ repeated_ids(ref('silver_pos_events'), 'transaction_id') }}
),

empty_dimensions as (
    select id from {{ empty_dimensions([
        'gold_product_dim',
        'gold_location_dim',
        'gold_channel_dim',
        'gold_customer_dim',
    ]) }}
),

keyed_events as (
    select * from {{ with_dimension_keys('silver_pos_events', {
        'location': 'store_id',
        'channel': 'channel_code',
        'customer': 'customer_id',
    }) }}
),

kept as (
    select * from {{ line_items('keyed_events') }}
    where {{ meets_expectations('silver_transactions_unified') }}
),

keyed as (
    select * from {{ with_dimension_keys('kept', {'product': 'sku'}) }}
),

final as (
    select
        transaction_id,
        line_number,
        store_id,
        register_id,
        event_at,
        date_key,
        {{ time_key('event_at') }} as time_key,
        customer_id,
        known_segment as customer_segment,
        channel_code,
        sku,
        quantity,
        quantity_requested,
        unit_price,
        unit_discount,
        discount_type,
        payment_method,
        associate_id,
        transaction_type,
        transaction_type = 'return' as is_return,
        original_transaction_id,
        customer_key,
        product_key,
        location_key,
        channel_key,
        (select count(*) from empty_dimensions) = 0 as are_dimensions_loaded,
        _source_file,
        _ingested_at,
        {{ rekeyed.stamp }} as _keyed_at
    from keyed
    where
        {{ stop_if('silver_transactions_unified__unique_line_item', 'repeated_transactions') }}
        and {{ stop_if('silver_transactions_unified__dimensions_loaded', 'empty_dimensions') }}
)

select * from final
