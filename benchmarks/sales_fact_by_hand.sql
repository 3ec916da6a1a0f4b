-- The best hand-written DuckDB SQL for the rows of gold_sales_fact, without any of the guarantees:
-- one pass over trusted files, typed by the reader, no ledger, no versions, no quarantine, no tests.
create or replace table sales_fact_by_hand as
with events as (
    select *
    from read_json(
        getvariable('landing_files'),
        format = 'newline_delimited',
        columns = {
            transaction_id: 'varchar',
            store_id: 'varchar',
            register_id: 'int',
            timestamp: 'timestamp',
            customer_id: 'varchar',
            channel_code: 'varchar',
            items: 'struct(sku varchar, qty int, price decimal(18, 2), discount decimal(18, 2), discount_type varchar, qty_requested int)[]',
            payment_method: 'varchar',
            associate_id: 'varchar',
            transaction_type: 'varchar'
        }
    )
),

lines as (
    select
        * exclude (items),
        transaction_type = 'return' as is_return,
        case when transaction_type = 'return' then -1 else 1 end as direction,
        generate_subscripts(items, 1) as line_number,
        unnest(items, max_depth := 2)
    from events
),

priced as (
    select
        lines.*,
        coalesce(customer.customer_key, -1) as customer_key,
        coalesce(product.product_key, -1) as product_key,
        coalesce(location.location_key, -1) as location_key,
        coalesce(channel.channel_key, -1) as channel_key,
        coalesce(product.unit_cost, cast(price * 0.40 as decimal(18, 2))) as unit_cost,
        coalesce(location.state_tax_rate, 0.07) as tax_rate,
        cast(qty * discount as decimal(18, 2)) as discount_total,
        cast(qty * price - qty * discount as decimal(18, 2)) as net
    from lines
    left join gold_product_dim as product on lines.sku = product.sku
    left join gold_location_dim as location on lines.store_id = location.location_id
    left join gold_channel_dim as channel on lines.channel_code = channel.channel_code
    left join gold_customer_dim as customer
        on lines.customer_id = customer.customer_id
        and cast(lines.timestamp as date) >= customer.effective_date
        and cast(lines.timestamp as date) < customer.expiration_date
)

select
    concat(transaction_id, '-', line_number) as line_item_id,
    transaction_id,
    cast(line_number as int) as line_number,
    customer_key,
    product_key,
    location_key,
    channel_key,
    cast(year(timestamp) * 10000 + month(timestamp) * 100 + day(timestamp) as int) as date_key,
    cast(hour(timestamp) * 100 + minute(timestamp) // 15 * 15 as int) as time_key,
    transaction_id as order_number,
    concat(store_id, '-REG-', register_id) as pos_terminal_id,
    associate_id as sales_associate_id,
    direction * qty as quantity_sold,
    direction * case when is_return then qty else qty_requested end as quantity_requested,
    not is_return and qty_requested > qty as is_inventory_constrained,
    price as unit_price,
    cast(direction * discount_total as decimal(18, 2)) as discount_amount,
    cast(direction * net as decimal(18, 2)) as net_sales_amount,
    cast(direction * net * tax_rate as decimal(18, 2)) as tax_amount,
    cast(direction * (net - qty * unit_cost) as decimal(18, 2)) as gross_margin_amount,
    is_return,
    discount > 0 as is_promotional,
    discount_type = 'clearance' as is_clearance,
    'in_store' as fulfillment_type,
    payment_method,
    'pos' as source_system,
    timestamp as event_at,
    sku,
    store_id as location_id,
    channel_code,
    customer_id
from priced
