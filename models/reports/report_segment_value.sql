with report_customer_value as (
    select * from {{ ref('report_customer_value') }}
),

totals as (
    select
        segment,
        value_segment,
        count(*) as customer_count,
        sum(order_count) as order_count,
        sum(net_sales_amount) as net_sales_amount,
        sum(gross_margin_amount) as gross_margin_amount
    from report_customer_value
    group by
        segment,
        value_segment
),

shares as (
    select
        *,
        -- A share of what is not above 0 says nothing.
        greatest(sum(net_sales_amount) over (), 0) as all_net_sales_amount
    from totals
),

final as (
    select
        segment,
        value_segment,
        customer_count,
        cast(order_count as bigint) as order_count,
        cast(net_sales_amount as decimal(18, 2)) as net_sales_amount,
        cast(gross_margin_amount as decimal(18, 2)) as gross_margin_amount,
        {{ quotient('net_sales_amount', 'customer_count', 2) }} as net_sales_per_customer,
        {{ quotient('net_sales_amount', 'all_net_sales_amount', 4) }} as share_of_net_sales
    from shares
)

select * from final
