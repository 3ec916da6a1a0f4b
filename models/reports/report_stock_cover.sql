with gold_inventory_fact as (
    select * from {{ ref('gold_inventory_fact') }}
),

gold_date_dim as (
    select * from {{ ref('gold_date_dim') }}
),

gold_product_dim as (
    select * from {{ ref('gold_product_dim') }}
),

gold_product_price_history as (
    select * from {{ ref('gold_product_price_history') }}
),

gold_location_dim as (
    select * from {{ ref('gold_location_dim') }}
),

stock as (
    select
        facts.product_key,
        facts.location_key,
        facts.date_key,
        dates.calendar_date,
        {{ days_between("date '2000-01-01'", 'dates.calendar_date') }} as day_number,
        facts.sold_quantity,
        facts.quantity_on_hand,
        facts.is_stockout
    from gold_inventory_fact as facts
    inner join gold_date_dim as dates on facts.date_key = dates.date_key
),

-- Data time, not the clock: today is the newest day with a movement anywhere.
observed as (
    select
        max(calendar_date) as as_of_date,
        max(day_number) as last_day,
        greatest(min(day_number), max(day_number) - 27) as first_day
    from stock
    where date_key <> -1
),

-- A balance lasts until the next movement.
lasting as (
    select
        stock.*,
        observed.as_of_date,
        observed.first_day,
        observed.last_day - observed.first_day + 1 as observed_days,
        lead(stock.day_number, 1, observed.last_day + 1) over (
            partition by stock.product_key, stock.location_key order by stock.date_key
        ) as next_day
    from stock
    cross join observed
),

totals as (
    select
        product_key,
        location_key,
        max(as_of_date) as as_of_date,
        max(observed_days) as observed_days,
        max_by(quantity_on_hand, date_key) as quantity_on_hand,
        max_by(is_stockout, date_key) as is_stockout,
        sum(case when day_number >= first_day then sold_quantity else 0 end) as units_sold,
        sum(
            case
                when is_stockout then greatest(next_day - greatest(day_number, first_day), 0)
                else 0
            end
        ) as stockout_days
    from lasting
    group by
        product_key,
        location_key
),

covered as (
    select
        *,
        greatest(quantity_on_hand, 0) * observed_days as unit_days
    from totals
),

final as (
    select
        covered.as_of_date,
        product.sku,
        product.product_name,
        product.category_level_1,
        location.location_id,
        location.location_name,
        location.location_type,
        covered.quantity_on_hand,
        cast(
            covered.quantity_on_hand * coalesce(price.unit_cost, 0) as decimal(18, 2)
        ) as inventory_value_cost,
        covered.is_stockout,
        cast(covered.stockout_days as bigint) as stockout_days,
        cast(covered.observed_days as int) as observed_days,
        cast(covered.units_sold as bigint) as units_sold,
        {{ quotient('covered.units_sold', 'covered.observed_days', 2) }} as daily_units_sold,
        {{ quotient('covered.unit_days', 'covered.units_sold', 1) }} as days_of_supply
    from covered
    inner join gold_product_dim as product on covered.product_key = product.product_key
    inner join gold_location_dim as location on covered.location_key = location.location_key
    left join gold_product_price_history as price
        on covered.product_key = price.product_key
        and covered.as_of_date >= price.valid_from
        and covered.as_of_date < price.valid_to
)

select * from final
