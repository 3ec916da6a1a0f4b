with gold_sales_fact as (
    select * from {{ ref('gold_sales_fact') }}
),

gold_date_dim as (
    select * from {{ ref('gold_date_dim') }}
),

gold_location_dim as (
    select * from {{ ref('gold_location_dim') }}
),

daily_sales as (
    select
        date_key,
        location_key,
        count(distinct case when not is_return then transaction_id end) as order_count,
        sum(case when is_return then 0 else quantity_sold end) as units_sold,
        sum(net_sales_amount) as net_sales_amount
    from gold_sales_fact
    group by
        date_key,
        location_key
),

-- Data time, not the clock: a week that is not over is compared with as many days of last year.
newest_day as (
    select max(date_key) as date_key
    from daily_sales
),

-- Each day counts in its own week and, as last year, in that of 364 days later. A union keeps the
-- days that only one of both years had.
compared_days as (
    select
        dates.fiscal_year,
        dates.fiscal_week,
        sales.location_key,
        sales.order_count,
        0 as last_year_order_count,
        sales.units_sold,
        0 as last_year_units_sold,
        sales.net_sales_amount,
        0 as last_year_net_sales_amount
    from daily_sales as sales
    inner join gold_date_dim as dates on sales.date_key = dates.date_key
    union all
    select
        dates.fiscal_year,
        dates.fiscal_week,
        sales.location_key,
        0 as order_count,
        sales.order_count as last_year_order_count,
        0 as units_sold,
        sales.units_sold as last_year_units_sold,
        0 as net_sales_amount,
        sales.net_sales_amount as last_year_net_sales_amount
    from daily_sales as sales
    inner join gold_date_dim as dates on sales.date_key = dates.same_weekday_last_year_key
    cross join newest_day
    where sales.date_key <> -1 and dates.date_key <= newest_day.date_key
),

totals as (
    select
        fiscal_year,
        fiscal_week,
        location_key,
        sum(order_count) as order_count,
        sum(last_year_order_count) as last_year_order_count,
        sum(units_sold) as units_sold,
        sum(last_year_units_sold) as last_year_units_sold,
        sum(net_sales_amount) as net_sales_amount,
        sum(last_year_net_sales_amount) as last_year_net_sales_amount,
        sum(net_sales_amount - last_year_net_sales_amount) as growth_amount,
        -- Growth on an amount below 0 would have the wrong sign.
        greatest(sum(last_year_net_sales_amount), 0) as base_amount
    from compared_days
    group by
        fiscal_year,
        fiscal_week,
        location_key
),

final as (
    select
        totals.fiscal_year,
        totals.fiscal_week,
        totals.location_key,
        location.location_id,
        location.location_name,
        cast(totals.order_count as bigint) as order_count,
        cast(totals.last_year_order_count as bigint) as last_year_order_count,
        cast(totals.units_sold as bigint) as units_sold,
        cast(totals.last_year_units_sold as bigint) as last_year_units_sold,
        cast(totals.net_sales_amount as decimal(18, 2)) as net_sales_amount,
        cast(totals.last_year_net_sales_amount as decimal(18, 2)) as last_year_net_sales_amount,
        cast(
            100 * {{ quotient('totals.growth_amount', 'totals.base_amount', 4) }}
            as decimal(18, 2)
        ) as growth_percent,
        totals.location_key <> -1
        and totals.order_count > 0
        and totals.last_year_order_count > 0 as is_like_for_like
    from totals
    inner join gold_location_dim as location on totals.location_key = location.location_key
)

select * from final
