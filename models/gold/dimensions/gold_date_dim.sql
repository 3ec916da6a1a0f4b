with calendar_holidays as (
    select * from {{ ref('calendar_holidays') }}
),

calendar_sale_periods as (
    select * from {{ ref('calendar_sale_periods') }}
),

-- The spine leaves out its end.
days as (
    select cast(spine.date_day as date) as calendar_date
    from (
        {{ dbt_utils.date_spine(
            datepart='day',
            start_date=date_literal(var('date_dim_start')),
            end_date=date_literal(var('date_dim_end'), days_later=1)
        ) }}
    ) as spine
),

numbered as (
    select
        calendar_date,
        cast(year(calendar_date) as int) as year,
        cast(quarter(calendar_date) as int) as quarter,
        cast(month(calendar_date) as int) as month,
        cast(weekofyear(calendar_date) as int) as week_of_year,
        cast(day(calendar_date) as int) as day_of_month,
        {{ day_of_week('calendar_date') }} as day_of_week,
        -- The fiscal year starts in February: January is its twelfth month.
        cast((month(calendar_date) + 10) % 12 + 1 as int) as fiscal_month
    from days
),

final as (
    select
        numbered.year * 10000 + numbered.month * 100 + numbered.day_of_month as date_key,
        numbered.calendar_date,
        numbered.year,
        numbered.quarter,
        numbered.month,
        case numbered.month
            when 1 then 'January'
            when 2 then 'February'
            when 3 then 'March'
            when 4 then 'April'
            when 5 then 'May'
            when 6 then 'June'
            when 7 then 'July'
            when 8 then 'August'
            when 9 then 'September'
            when 10 then 'October'
            when 11 then 'November'
            when 12 then 'December'
        end as month_name,
        numbered.week_of_year,
        numbered.day_of_month,
        numbered.day_of_week,
        case numbered.day_of_week
            when 1 then 'Monday'
            when 2 then 'Tuesday'
            when 3 then 'Wednesday'
            when 4 then 'Thursday'
            when 5 then 'Friday'
            when 6 then 'Saturday'
            when 7 then 'Sunday'
        end as day_name,
        numbered.day_of_week >= 6 as is_weekend,
        calendar_holidays.holiday_name is not null as is_holiday,
        calendar_holidays.holiday_name,
        case
            when numbered.month = 1 then numbered.year - 1
            else numbered.year
        end as fiscal_year,
        cast(ceil(numbered.fiscal_month / 3) as int) as fiscal_quarter,
        numbered.fiscal_month,
        case
            when numbered.month in (12, 1, 2) then 'Winter'
            when numbered.month in (3, 4, 5) then 'Spring'
            when numbered.month in (6, 7, 8) then 'Summer'
            else 'Fall'
        end as season,
        numbered.month in (11, 12) as is_peak_season,
        calendar_sale_periods.sale_event_name is not null as is_sale_period,
        calendar_sale_periods.sale_event_name
    from numbered
    left join calendar_holidays on numbered.calendar_date = calendar_holidays.calendar_date
    left join calendar_sale_periods on numbered.month = calendar_sale_periods.month

    union all

    select
        -1 as date_key,
        date '1900-01-01' as calendar_date,
        0 as year,
        0 as quarter,
        0 as month,
        'UNKNOWN' as month_name,
        0 as week_of_year,
        0 as day_of_month,
        0 as day_of_week,
        'UNKNOWN' as day_name,
        false as is_weekend,
        false as is_holiday,
        'UNKNOWN' as holiday_name,
        0 as fiscal_year,
        0 as fiscal_quarter,
        0 as fiscal_month,
        'UNKNOWN' as season,
        false as is_peak_season,
        false as is_sale_period,
        'UNKNOWN' as sale_event_name
)

select * from final
