with gold_sales_fact_all as (
    select * from {{ ref('gold_sales_fact_all') }}
),

gold_date_dim as (
    select * from {{ ref('gold_date_dim') }}
),

gold_channel_dim as (
    select * from {{ ref('gold_channel_dim') }}
),

gold_product_dim as (
    select * from {{ ref('gold_product_dim') }}
),

totals as (
    select
        sales.date_key,
        sales.channel_key,
        product.category_level_1,
        count(distinct sales.counted_order_id) as order_count,
        sum(case when sales.is_return then 0 else sales.quantity_sold end) as units_sold,
        sum(case when sales.is_return then -sales.quantity_sold else 0 end) as units_returned,
        sum(case when sales.is_return then 0 else sales.net_sales_amount end) as sales_amount,
        sum(case when sales.is_return then -sales.net_sales_amount else 0 end) as returns_amount,
        sum(sales.net_sales_amount) as net_sales_amount,
        -- A margin of what is not above 0 would have the wrong sign.
        greatest(sum(sales.net_sales_amount), 0) as base_amount,
        sum(sales.gross_margin_amount) as gross_margin_amount
    from gold_sales_fact_all as sales
    inner join gold_product_dim as product on sales.product_key = product.product_key
    group by
        sales.date_key,
        sales.channel_key,
        product.category_level_1
),

final as (
    select
        dates.calendar_date,
        channel.channel_code,
        channel.channel_name,
        channel.channel_type,
        totals.category_level_1,
        totals.order_count,
        cast(totals.units_sold as bigint) as units_sold,
        cast(totals.units_returned as bigint) as units_returned,
        cast(totals.sales_amount as decimal(18, 2)) as sales_amount,
        cast(totals.returns_amount as decimal(18, 2)) as returns_amount,
        cast(totals.net_sales_amount as decimal(18, 2)) as net_sales_amount,
        cast(totals.gross_margin_amount as decimal(18, 2)) as gross_margin_amount,
        {{ quotient('totals.gross_margin_amount', 'totals.base_amount', 4) }} as margin_rate,
        {{ quotient('totals.sales_amount', 'totals.order_count', 2) }} as average_order_value
    from totals
    inner join gold_date_dim as dates on totals.date_key = dates.date_key
    inner join gold_channel_dim as channel on totals.channel_key = channel.channel_key
)

select * from final
