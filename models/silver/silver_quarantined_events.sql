{{ config(
    unique_key='quarantine_id',
    meta={
        'replaces': 'replaced_with',
        'changes': {
            'silver_pos_events': "concat('pos:', transaction_id)",
            'silver_ecommerce_events': "concat('ecommerce:', order_id)",
            'silver_inventory_events': "concat('inventory:', movement_id)",
            'silver_click_events': "concat('clickstream:', event_id)",
        },
    },
) }}

with silver_pos_typed as (
    select * from {{ ref('silver_pos_typed') }}
    where
        {{ since_mark(ref('silver_pos_typed'), '_ingested_at') }}
        and {{ is_of_file_with_rejects(
            typed=ref('silver_pos_typed'),
            events=ref('silver_pos_events'),
        ) }}
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

silver_ecommerce_typed as (
    select * from {{ ref('silver_ecommerce_typed') }}
    where
        {{ since_mark(ref('silver_ecommerce_typed'), '_ingested_at') }}
        and {{ is_of_file_with_rejects(
            typed=ref('silver_ecommerce_typed'),
            events=ref('silver_ecommerce_events'),
        ) }}
),

silver_ecommerce_events as (
    select * from {{ ref('silver_ecommerce_events') }}
    where
        {{ since_mark(ref('silver_ecommerce_events'), '_changed_at') }}
        and (
            not is_current
            or {{ is_of_day_with_rejects(
                events=ref('silver_ecommerce_events'),
                lines=ref('silver_ecommerce_unified'),
                id='order_id',
            ) }}
        )
),

silver_ecommerce_unified as (
    select * from {{ ref('silver_ecommerce_unified') }}
    where {{ is_of_changed(ref('silver_ecommerce_events'), 'order_id') }}
),

silver_inventory_typed as (
    select * from {{ ref('silver_inventory_typed') }}
    where
        {{ since_mark(ref('silver_inventory_typed'), '_ingested_at') }}
        and {{ is_of_file_with_rejects(
            typed=ref('silver_inventory_typed'),
            events=ref('silver_inventory_events'),
        ) }}
),

silver_inventory_events as (
    select * from {{ ref('silver_inventory_events') }}
    where {{ since_mark(ref('silver_inventory_events'), '_changed_at') }} and not is_current
),

silver_clickstream_typed as (
    select * from {{ ref('silver_clickstream_typed') }}
    where
        {{ since_mark(ref('silver_clickstream_typed'), '_ingested_at') }}
        and {{ is_of_file_with_rejects(
            typed=ref('silver_clickstream_typed'),
            events=ref('silver_click_events'),
        ) }}
),

silver_click_events as (
    select * from {{ ref('silver_click_events') }}
    where {{ since_mark(ref('silver_click_events'), '_changed_at') }} and not is_current
),

-- Of any time: an event that is rejected may have been delivered sound before.
delivered_pos as (
    select * from {{ ref('silver_pos_events') }}
),

delivered_ecommerce as (
    select * from {{ ref('silver_ecommerce_events') }}
),

delivered_inventory as (
    select * from {{ ref('silver_inventory_events') }}
),

delivered_clickstream as (
    select * from {{ ref('silver_click_events') }}
),

pos_rejected as (
    {{ rejected_rows(
        source='pos',
        typed='silver_pos_typed',
        events='silver_pos_events',
        delivered='delivered_pos',
        lines='silver_transactions_unified',
        id='transaction_id',
        content={
            'transaction_id': 'transaction_id',
            'store_id': 'store_id',
            'register_id': 'register_id_text',
            'timestamp': 'timestamp_text',
            'customer_id': 'customer_id',
            'customer_segment': 'customer_segment',
            'channel_code': 'channel_code',
            'items': line_item_fields(),
            'payment_method': 'payment_method',
            'associate_id': 'associate_id',
            'transaction_type': 'transaction_type',
            'original_transaction_id': 'original_transaction_id',
        },
    ) }}
),

ecommerce_rejected as (
    {{ rejected_rows(
        source='ecommerce',
        typed='silver_ecommerce_typed',
        events='silver_ecommerce_events',
        delivered='delivered_ecommerce',
        lines='silver_ecommerce_unified',
        id='order_id',
        content={
            'order_id': 'order_id',
            'channel': 'channel_code',
            'timestamp': 'timestamp_text',
            'customer_id': 'customer_id',
            'customer_segment': 'customer_segment',
            'shipping_address': shipping_address_fields(),
            'shipping_method': 'shipping_method',
            'items': line_item_fields(),
            'payment_method': 'payment_method',
            'promo_code': 'promo_code',
            'session_id': 'session_id',
        },
    ) }}
),

inventory_rejected as (
    {{ rejected_rows(
        source='inventory',
        typed='silver_inventory_typed',
        events='silver_inventory_events',
        delivered='delivered_inventory',
        id='movement_id',
        content={
            'movement_id': 'movement_id',
            'movement_type': 'movement_type_text',
            'timestamp': 'timestamp_text',
            'location_id': 'location_id',
            'sku': 'sku',
            'quantity': 'quantity_text',
            'reason_code': 'reason_code',
            'reference_id': 'reference_id',
            'cost_per_unit': 'cost_per_unit_text',
        },
    ) }}
),

clickstream_rejected as (
    {{ rejected_rows(
        source='clickstream',
        typed='silver_clickstream_typed',
        events='silver_click_events',
        delivered='delivered_clickstream',
        id='event_id',
        content={
            'event_id': 'event_id',
            'session_id': 'session_id',
            'event_type': 'event_type',
            'timestamp': 'timestamp_text',
            'channel': 'channel_code',
            'customer_id': 'customer_id',
            'customer_segment': 'customer_segment',
            'page_url': 'page_url',
            'product_sku': 'sku',
            'device_type': 'device_type',
            'browser': 'browser',
            'referrer': 'referrer',
            'cart': cart_fields(),
            'order_id': 'order_id',
        },
    ) }}
),

rejected as (
    select * from pos_rejected
    union all
    select * from ecommerce_rejected
    union all
    select * from inventory_rejected
    union all
    select * from clickstream_rejected
),

final as (
    select
        source,
        event_id,
        line_number,
        failed_expectations,
        raw_content,
        resolved_at,
        resolved_by,
        _source_file,
        _ingested_at,
        replaced_with,
        quarantine_id
    from rejected
    {{ and_repaired_rows([
        'source',
        'event_id',
        'line_number',
        'failed_expectations',
        'raw_content',
        'resolved_at',
        'resolved_by',
        '_source_file',
        '_ingested_at',
        'replaced_with',
        'quarantine_id',
    ], 'rejected') }}
)

select * from final
