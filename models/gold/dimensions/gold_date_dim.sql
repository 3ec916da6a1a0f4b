{{ config(unique_key='date_key') }}
{%- set first_day = modules.datetime.date.fromisoformat(var('date_dim_start') | string) %}
{%- set last_day = modules.datetime.date.fromisoformat(var('date_dim_end') | string) %}

with calendar_holidays as (
    select * from {{ ref('calendar_holidays') }}
),

calendar_sale_periods as (
    select * from {{ ref('calendar_sale_periods') }}
),

days as (
    select
        cast(
            date '{{ first_day }}' + cast(numbers.generated_number - 1 as int) * interval '1' day
            as date
        ) as calendar_date
    from ({{ dbt_utils.generate_series((last_day - first_day).days + 1) }}) as numbers
),

numbered as (
    select
        cast(year(calendar_date) * 10000 + month(calendar_date) * 100 + day(calendar_date) as int)
            as date_key,
        calendar_date,
        cast(year(calendar_date) as int) as year,
        cast(quarter(calendar_date) as int) as quarter,
        cast(month(calendar_date) as int) as month,
        cast(weekofyear(calendar_date) as int) as week_of_year,
        cast(day(calendar_date) as int) as day_of_month,
        -- 1900-01-01 was a Monday, which is 1.
        cast(({{ days_between("date '1900-01-01'", 'calendar_date') }} % 7 + 7) % 7 + 1 as int)
            as day_of_week,
        -- The fiscal year starts in February: January is its twelfth month.
        cast((month(calendar_date) + 10) % 12 + 1 as int) as fiscal_month,
        make_date(
            year(calendar_date) - case when month(calendar_date) = 1 then 1 else 0 end, 2, 1
        ) as fiscal_year_start_date,
        cast(date_trunc('week', calendar_date) as date) as week_start_date,
        cast(date_trunc('month', calendar_date) as date) as month_start_date,
        cast(calendar_date - interval '364' day as date) as same_weekday_last_year_date
    from days
),

final as (
    select
        numbered.date_key,
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
        cast(year(numbered.fiscal_year_start_date) as int) as fiscal_year,
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
        calendar_sale_periods.sale_event_name,
        -- A week belongs to the year of its Thursday.
        cast(year(numbered.week_start_date + interval '3' day) as int) as iso_year,
        numbered.week_start_date,
        numbered.month_start_date,
        numbered.year * 100 + numbered.month as year_month,
        cast(
            {{ days_between(
                "cast(date_trunc('week', numbered.fiscal_year_start_date) as date)",
                'numbered.week_start_date'
            ) }} / 7 + 1 as int
        ) as fiscal_week,
        coalesce(last_year.date_key, -1) as same_weekday_last_year_key
    from numbered
    left join calendar_holidays on numbered.calendar_date = calendar_holidays.calendar_date
    left join calendar_sale_periods on numbered.month = calendar_sale_periods.month
    left join numbered as last_year
        on numbered.same_weekday_last_year_date = last_year.calendar_date

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
        'UNKNOWN' as sale_event_name,
        0 as iso_year,
        date '1900-01-01' as week_start_date,
        date '1900-01-01' as month_start_date,
        0 as year_month,
        0 as fiscal_week,
        -1 as same_weekday_last_year_key
)

select * from final
