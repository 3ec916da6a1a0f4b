{{ config(unique_key='time_key') }}

with quarter_hours as (
    select
        cast(floor((series.generated_number - 1) / 4) as int) as hour,
        cast((series.generated_number - 1) % 4 * 15 as int) as minute
    from ({{ dbt_utils.generate_series(96) }}) as series
),

final as (
    select
        hour * 100 + minute as time_key,
        hour,
        minute,
        lpad(cast(hour as string), 2, '0')
        || ':'
        || lpad(cast(minute as string), 2, '0') as hour_minute,
        case when hour < 12 then 'AM' else 'PM' end as am_pm,
        (hour + 11) % 12 + 1 as hour_12,
        case
            when hour >= 6 and hour < 12 then 'Morning'
            when hour >= 12 and hour < 17 then 'Afternoon'
            when hour >= 17 and hour < 21 then 'Evening'
            else 'Night'
        end as period_of_day,
        hour >= 9 and hour < 21 as is_business_hours,
        hour in (12, 13) or hour between 17 and 20 as is_peak_hours
    from quarter_hours

    union all

    select
        -1 as time_key,
        0 as hour,
        0 as minute,
        'UNKNOWN' as hour_minute,
        'UNKNOWN' as am_pm,
        0 as hour_12,
        'UNKNOWN' as period_of_day,
        false as is_business_hours,
        false as is_peak_hours
)

select * from final
