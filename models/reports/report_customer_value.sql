with gold_sales_fact_all as (
    select * from {{ ref('gold_sales_fact_all') }}
),

gold_customer_dim as (
    select * from {{ ref('gold_customer_dim') }}
),

-- Data time, not the clock: today is the newest day of the calendar with a sale or return.
newest_sale as (
    select max(local_date) as as_of_date
    from gold_sales_fact_all
    where date_key <> -1
),

-- A customer has a key for each version; guests have none.
customers as (
    select
        customer.customer_id,
        max_by(
            sales.local_date,
            case
                when sales.counted_order_id is not null
                    then {{ struct_of({
                        'event_at': 'sales.event_at', 'local_date': 'sales.local_date'
                    }) }}
            end
        ) as last_order_date,
        count(distinct sales.counted_order_id) as order_count,
        sum(sales.net_sales_amount) as net_sales_amount,
        sum(sales.gross_margin_amount) as gross_margin_amount
    from gold_sales_fact_all as sales
    inner join gold_customer_dim as customer on sales.customer_key = customer.customer_key
    where sales.customer_key > 0
    group by customer.customer_id
    having count(sales.counted_order_id) > 0
),

ranked as (
    select
        customers.*,
        newest_sale.as_of_date,
        count(*) over () as customer_count,
        rank() over (order by customers.last_order_date) as recency_rank,
        rank() over (order by customers.order_count) as frequency_rank,
        rank() over (order by customers.net_sales_amount) as monetary_rank
    from customers
    cross join newest_sale
),

-- Quintiles from 1 (lowest) to 5; customers who are alike score alike.
scored as (
    select
        *,
        {{ days_between('last_order_date', 'as_of_date') }} as recency_days,
        cast(floor(5 * (recency_rank - 1) / customer_count) as int) + 1 as recency_score,
        cast(floor(5 * (frequency_rank - 1) / customer_count) as int) + 1 as frequency_score,
        cast(floor(5 * (monetary_rank - 1) / customer_count) as int) + 1 as monetary_score
    from ranked
),

final as (
    select
        scored.customer_id,
        customer.segment,
        customer.loyalty_tier,
        scored.as_of_date,
        scored.last_order_date,
        scored.recency_days,
        scored.order_count,
        cast(scored.net_sales_amount as decimal(18, 2)) as net_sales_amount,
        cast(scored.gross_margin_amount as decimal(18, 2)) as gross_margin_amount,
        scored.recency_score,
        scored.frequency_score,
        scored.monetary_score,
        case
            when
                scored.recency_score >= 4
                and scored.frequency_score >= 4
                and scored.monetary_score >= 4
                then 'champion'
            when scored.recency_score >= 3 and scored.frequency_score >= 3 then 'loyal'
            when scored.recency_score >= 4 then 'promising'
            when scored.recency_score = 3 then 'occasional'
            when scored.frequency_score >= 3 or scored.monetary_score >= 4 then 'at_risk'
            else 'lapsed'
        end as value_segment
    from scored
    inner join gold_customer_dim as customer
        on scored.customer_id = customer.customer_id and customer.is_current
)

select * from final
