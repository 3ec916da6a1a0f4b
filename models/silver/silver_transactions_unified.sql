{{ config(
    unique_key=['transaction_id', 'line_number'],
    meta={'replaces': 'transaction_id', 'changes': {'silver_pos_events': 'transaction_id'}},
) }}

{%- set item = typed_line_item('item') %}

{%- set is_changed = since_mark(ref('silver_pos_events'), '_changed_at') %}

with silver_pos_events as (
    select * from {{ ref('silver_pos_events') }}
    where is_current and {{ is_changed }}
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
    select transaction_id as id
    from {{ ref('silver_pos_events') }}
    where is_current and {{ is_changed }}
    group by transaction_id
    having count(*) > 1
),

dimension_sizes as (
    select
        'gold_product_dim' as id,
        count(*) as member_count
    from gold_product_dim
    union all
    select
        'gold_location_dim' as id,
        count(*) as member_count
    from gold_location_dim
    union all
    select
        'gold_channel_dim' as id,
        count(*) as member_count
    from gold_channel_dim
    union all
    select
        'gold_customer_dim' as id,
        count(*) as member_count
    from gold_customer_dim
),

-- Every dimension has its unknown member.
empty_dimensions as (
    select id
    from dimension_sizes
    where member_count < 2
),

keyed_events as (
    select
        events.*,
        {{ time_key('events.event_at') }} as time_key,
        coalesce(customer.customer_key, -1) as customer_key,
        coalesce(location.location_key, -1) as location_key,
        coalesce(channel.channel_key, -1) as channel_key,
        coalesce(events.customer_segment, nullif(customer.segment, 'unknown'), 'regular')
            as known_segment,
        {{ parse_items('events.items', line_item_fields()) }} as item_list
    from silver_pos_events as events
    left join gold_location_dim as location on events.store_id = location.location_id
    left join gold_channel_dim as channel on events.channel_code = channel.channel_code
    left join gold_customer_dim as customer
        on events.customer_id = customer.customer_id
        and {{ utc_date('events.event_at') }} >= customer.effective_date
        and {{ utc_date('events.event_at') }} < customer.expiration_date
),

exploded as (
    select * from {{ explode_items('keyed_events', 'item_list', columns=[
        'transaction_id',
        'store_id',
        'register_id',
        'event_at',
        'date_key',
        'time_key',
        'customer_id',
        'known_segment',
        'channel_code',
        'payment_method',
        'associate_id',
        'transaction_type',
        'original_transaction_id',
        'customer_key',
        'location_key',
        'channel_key',
        '_source_file',
        '_ingested_at',
    ]) }}
),

typed as (
    select
        transaction_id,
        line_number,
        store_id,
        register_id,
        event_at,
        date_key,
        time_key,
        customer_id,
        known_segment as customer_segment,
        channel_code,
        {{ item.sku }} as sku,
        {{ item.quantity }} as quantity,
        {{ item.quantity_requested }} as quantity_requested,
        {{ item.unit_price }} as unit_price,
        {{ item.unit_discount }} as unit_discount,
        {{ item.discount_type }} as discount_type,
        payment_method,
        associate_id,
        transaction_type,
        transaction_type = 'return' as is_return,
        original_transaction_id,
        customer_key,
        location_key,
        channel_key,
        _source_file,
        _ingested_at
    from exploded
),

kept as (
    select * from typed
    where {{ meets_expectations('silver_transactions_unified') }}
),

keyed as (
    select
        kept.transaction_id,
        kept.line_number,
        kept.store_id,
        kept.register_id,
        kept.event_at,
        kept.date_key,
        kept.time_key,
        kept.customer_id,
        kept.customer_segment,
        kept.channel_code,
        kept.sku,
        kept.quantity,
        kept.quantity_requested,
        kept.unit_price,
        kept.unit_discount,
        kept.discount_type,
        kept.payment_method,
        kept.associate_id,
        kept.transaction_type,
        kept.is_return,
        kept.original_transaction_id,
        kept.customer_key,
        coalesce(product.product_key, -1) as product_key,
        kept.location_key,
        kept.channel_key,
        (select count(*) from empty_dimensions) = 0 as are_dimensions_loaded,
        kept._source_file,
        kept._ingested_at
    from kept
    left join gold_product_dim as product on kept.sku = product.sku
),

final as (
    select * from keyed
    where
        {{ stop_if('silver_transactions_unified__unique_line_item', 'repeated_transactions') }}
        and {{ stop_if('silver_transactions_unified__dimensions_loaded', 'empty_dimensions') }}
)

select * from final
