with report_sessions as (
    select * from {{ ref('report_sessions') }}
),

gold_date_dim as (
    select * from {{ ref('gold_date_dim') }}
),

counts as (
    select
        started_date_key,
        device_type,
        count(*) as session_count,
        count(case when has_viewed_product then 1 end) as viewed_product_count,
        count(case when has_filled_cart then 1 end) as filled_cart_count,
        count(case when has_begun_checkout then 1 end) as begun_checkout_count,
        count(case when has_completed_checkout then 1 end) as completed_checkout_count
    from report_sessions
    group by
        started_date_key,
        device_type
),

final as (
    select
        dates.calendar_date,
        counts.device_type,
        counts.session_count,
        counts.viewed_product_count,
        counts.filled_cart_count,
        counts.begun_checkout_count,
        counts.completed_checkout_count,
        {{ quotient('counts.viewed_product_count', 'counts.session_count', 4) }} as view_rate,
        {{ quotient('counts.filled_cart_count', 'counts.viewed_product_count', 4) }} as cart_rate,
        {{ quotient('counts.begun_checkout_count', 'counts.filled_cart_count', 4) }}
            as checkout_rate,
        {{ quotient('counts.completed_checkout_count', 'counts.begun_checkout_count', 4) }}
            as completion_rate,
        {{ quotient('counts.completed_checkout_count', 'counts.session_count', 4) }}
            as conversion_rate
    from counts
    inner join gold_date_dim as dates on counts.started_date_key = dates.date_key
)

select * from final
