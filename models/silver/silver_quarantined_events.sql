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

pos_rejected as (
    {{ rejected_rows(
        source='pos',
        typed='silver_pos_typed',
        events='silver_pos_events',
        lines='silver_transactions_unified',
        id='transaction_id',
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

ecommerce_rejected as (
    {{ rejected_rows(
        source='ecommerce',
        typed='silver_ecommerce_typed',
        events='silver_ecommerce_events',
        lines='silver_ecommerce_unified',
        id='order_id',
        content={
            'order_id': json_text('order_id'),
            'channel': json_text('channel_code'),
            'timestamp': json_text('timestamp_text'),
            'customer_id': json_text('customer_id'),
            'customer_segment': json_text('customer_segment'),
            'shipping_address': parsed_object_json('shipping_address', shipping_address_fields()),
            'shipping_method': json_text('shipping_method'),
            'items': line_items_json('items'),
            'payment_method': json_text('payment_method'),
            'promo_code': json_text('promo_code'),
            'session_id': json_text('session_id'),
        },
    ) }}
),

inventory_rejected as (
    {{ rejected_rows(
        source='inventory',
        typed='silver_inventory_typed',
        events='silver_inventory_events',
        id='movement_id',
        content={
            'movement_id': json_text('movement_id'),
            'movement_type': json_text('movement_type_text'),
            'timestamp': json_text('timestamp_text'),
            'location_id': json_text('location_id'),
            'sku': json_text('sku'),
            'quantity': json_text('quantity_text'),
            'reason_code': json_text('reason_code'),
            'reference_id': json_text('reference_id'),
            'cost_per_unit': json_text('cost_per_unit_text'),
        },
    ) }}
),

clickstream_rejected as (
    {{ rejected_rows(
        source='clickstream',
        typed='silver_clickstream_typed',
        events='silver_click_events',
        id='event_id',
        content={
            'event_id': json_text('event_id'),
            'session_id': json_text('session_id'),
            'event_type': json_text('event_type'),
            'timestamp': json_text('timestamp_text'),
            'channel': json_text('channel_code'),
            'customer_id': json_text('customer_id'),
            'customer_segment': json_text('customer_segment'),
            'page_url': json_text('page_url'),
            'product_sku': json_text('sku'),
            'device_type': json_text('device_type'),
            'browser': json_text('browser'),
            'referrer': json_text('referrer'),
            'cart': parsed_object_json('cart', cart_fields()),
            'order_id': json_text('order_id'),
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
)

select * from final
