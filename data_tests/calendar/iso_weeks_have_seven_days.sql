select
    iso_year,
    week_of_year,
    count(*) as day_count,
    min(calendar_date) as first_day,
    max(calendar_date) as last_day
from {{ ref('gold_date_dim') }}
where
    week_start_date >= date '{{ var("date_dim_start") }}'
    and week_start_date + interval '6' day <= date '{{ var("date_dim_end") }}'
group by iso_year, week_of_year
having count(*) <> 7
