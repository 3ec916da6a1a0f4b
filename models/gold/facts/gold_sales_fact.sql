{{ config(
    unique_key='line_item_id',
    meta={'replaces': 'transaction_id', 'changes': {'silver_pos_events': 'transaction_id'}},
) }}

with silver_transactions_unified as (
    select * from {{ ref('silver_transactions_unified') }}
    where {{ is_of_changed(ref('silver_pos_events'), 'transaction_id') }}
),

gold_product_dim as (
    select * from {{ ref('gold_product_dim') }}
),

gold_location_dim as (
    select * from {{ ref('gold_location_dim') }}
),

priced as (
    select
        lines.*,
        case when lines.is_return then -1 else 1 end as direction,
        cast(lines.quantity * lines.unit_price as decimal(18, 2)) as gross_amount,
        cast(lines.quantity * lines.unit_discount as decimal(18, 2)) as discount_amount,
        case
            when lines.product_key = -1 then cast(lines.unit_price * 0.40 as decimal(18, 2))
            else product.unit_cost
        end as unit_cost,
        case when lines.location_key = -1 then 0.07 else location.state_tax_rate end as tax_rate
    from silver_transactions_unified as lines
    inner join gold_product_dim as product on lines.product_key = product.product_key
    inner join gold_location_dim as location on lines.location_key = location.location_key
),

measured as (
    select
        *,
        cast(gross_amount - discount_amount as decimal(18, 2)) as net_amount,
        cast(quantity * unit_cost as decimal(18, 2)) as cost_amount
    from priced
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
        cast(direction * quantity as int) as quantity_sold,
        cast(direction * case when is_return then quantity else quantity_requested end as int)
            as quantity_requested,
        not is_return and quantity_requested > quantity as is_inventory_constrained,
        unit_price,
        cast(direction * discount_amount as decimal(18, 2)) as discount_amount,
        cast(direction * net_amount as decimal(18, 2)) as net_sales_amount,
        cast(direction * net_amount * tax_rate as decimal(18, 2)) as tax_amount,
        cast(direction * (net_amount - cost_amount) as decimal(18, 2)) as gross_margin_amount,
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
        customer_id
    from measured
)

select * from final
