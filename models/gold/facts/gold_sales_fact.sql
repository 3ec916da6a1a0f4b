{{ config(unique_key='line_item_id', meta={'replaces': 'transaction_id'}) }}
{%- set load = load_of_stream('pos', keys={
    'product': 'sku',
    'location': 'location_id',
    'channel': 'channel_code',
    'customer': 'customer_id',
}) %}

with silver_transactions_unified as (
    select * from {{ ref('silver_transactions_unified') }}
    where {{ load.changed }}
),

silver_pos_deliveries as (
    select * from {{ ref('silver_pos_deliveries') }}
    where verdict = 'current' and {{ load.changed_deliveries }}
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

gold_product_price_history as (
    select * from {{ ref('gold_product_price_history') }}
),

gold_location_rate_history as (
    select * from {{ ref('gold_location_rate_history') }}
),

-- Positions are unique within an event, so a line item repeats only where a transaction does.
repeated_transactions as (
    select id from {{ repeated_ids('silver_pos_deliveries', 'transaction_id') }}
),

empty_dimensions as (
    select id from {{ empty_dimensions([
        'gold_product_dim',
        'gold_location_dim',
        'gold_channel_dim',
        'gold_customer_dim',
    ]) }}
),

taxed as (
    select
        lines.*,
        case when lines.is_return then -1 else 1 end as direction,
        coalesce(rate.state_tax_rate, {{ var('default_tax_rate') }}) as tax_rate
    from silver_transactions_unified as lines
    left join gold_location_rate_history as rate
        on {{ is_valid_for('lines', 'location', 'rate') }}
),

measured as (
    select * from {{ with_sale_amounts('taxed') }}
),

final as (
    select
        concat(transaction_id, '-', line_number) as line_item_id,
        transaction_id,
        line_number,
        customer_key,
        product_key,
        location_key,
        channel_key,
        date_key,
        time_key,
        transaction_id as order_number,
        concat(
            coalesce(store_id, 'unknown'),
            '-REG-',
            coalesce(cast(register_id as string), 'unknown')
        ) as pos_terminal_id,
        coalesce(associate_id, 'unknown') as sales_associate_id,
        quantity_sold,
        quantity_wanted as quantity_requested,
        is_inventory_constrained,
        cast(unit_price as decimal(18, 2)) as unit_price,
        discount_amount,
        net_sales_amount,
        tax_amount,
        gross_margin_amount,
        is_return,
        unit_discount > 0 as is_promotional,
        discount_type = 'clearance' as is_clearance,
        'in_store' as fulfillment_type,
        coalesce(payment_method, 'unknown') as payment_method,
        'pos' as source_system,
        event_at,
        _ingested_at,
        sku,
        store_id as location_id,
        channel_code,
        customer_id,
        original_transaction_id,
        discount_type,
        local_date
    from measured
    where
        {{ stop_if('gold_sales_fact__unique_line_item', 'repeated_transactions') }}
        and {{ stop_if('gold_sales_fact__dimensions_loaded', 'empty_dimensions') }}
)

select * from final {{ load.plan }}
