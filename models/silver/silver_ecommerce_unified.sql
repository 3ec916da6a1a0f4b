{{ config(
    unique_key=['order_id', 'line_number'],
    meta={'replaces': 'order_id', 'changes': {'silver_ecommerce_events': 'order_id'}},
) }}

{%- set rekeyed = rekeyed(ref('silver_dimension_members'), 'order_id', {
    'product': 'sku',
    'channel': 'channel_code',
    'customer': 'customer_id',
    'state': 'ship_to_state',
}) %}

with silver_ecommerce_events as (
    select * from {{ ref('silver_ecommerce_events') }}
    where
        is_current
        and (
            {{ since_mark(ref('silver_ecommerce_events'), '_changed_at') }}
            or {{ rekeyed.condition }}
        )
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

-- Positions are unique within an event, so a line item repeats only where an order does.
repeated_orders as (
    select id from {{ repeated_ids(ref('silver_ecommerce_events'), 'order_id') }}
),

empty_dimensions as (
    select id from {{ empty_dimensions([
        'gold_product_dim',
        'gold_channel_dim',
        'gold_customer_dim',
    ]) }}
),

keyed_events as (
    select * from {{ with_dimension_keys('silver_ecommerce_events', {
        'channel': 'channel_code',
        'customer': 'customer_id',
    }) }}
),

kept as (
    select * from {{ line_items('keyed_events') }}
    where {{ meets_expectations('silver_ecommerce_unified') }}
),

keyed as (
    select * from {{ with_dimension_keys('kept', {'product': 'sku'}) }}
),

final as (
    select
        order_id,
        line_number,
        event_at,
        date_key,
        {{ time_key('event_at') }} as time_key,
        customer_id,
        known_segment as customer_segment,
        channel_code,
        ship_to_city,
        ship_to_state,
        ship_to_zip,
        shipping_method,
        sku,
        quantity,
        quantity_requested,
        unit_price,
        unit_discount,
        discount_type,
        payment_method,
        promo_code,
        session_id,
        customer_key,
        product_key,
        channel_key,
        (select count(*) from empty_dimensions) = 0 as are_dimensions_loaded,
        _source_file,
        _ingested_at,
        {{ rekeyed.stamp }} as _keyed_at
    from keyed
    where
        {{ stop_if('silver_ecommerce_unified__unique_line_item', 'repeated_orders') }}
        and {{ stop_if('silver_ecommerce_unified__dimensions_loaded', 'empty_dimensions') }}
)

select * from final
