with report_sessions as (
    select * from {{ ref('report_sessions') }}
),

gold_date_dim as (
    select * from {{ ref('gold_date_dim') }}
),

gold_channel_dim as (
    select * from {{ ref('gold_channel_dim') }}
),

reached_stages as (
    select
        *,
        'cart' as stage
    from report_sessions
    where has_added_to_cart
    union all
    select
        *,
        'checkout' as stage
    from report_sessions
    where has_taken_cart_to_checkout
),

marked as (
    select
        *,
        coalesce(abandonment_stage = stage, false) as is_left_here
    from reached_stages
),

totals as (
    select
        ended_date_key,
        channel_key,
        stage,
        count(*) as reached_count,
        count(case when is_left_here then 1 end) as abandoned_count,
        count(case when is_left_here and is_recovered then 1 end) as recovered_count,
        sum(case when is_left_here then abandoned_value else 0 end) as abandoned_value,
        sum(case when is_left_here then minutes_in_cart else 0 end) as minutes_in_cart,
        sum(case when is_left_here then recovery_revenue else 0 end) as recovery_revenue
    from marked
    group by
        ended_date_key,
        channel_key,
        stage
),

final as (
    select
        dates.calendar_date,
        channel.channel_code,
        channel.channel_name,
        totals.stage as abandonment_stage,
        totals.reached_count,
        totals.abandoned_count,
        {{ quotient('totals.abandoned_count', 'totals.reached_count', 4) }} as abandonment_rate,
        cast(totals.abandoned_value as decimal(18, 2)) as abandoned_value,
        {{ quotient('totals.minutes_in_cart', 'totals.abandoned_count', 1) }}
            as average_minutes_in_cart,
        totals.recovered_count,
        {{ quotient('totals.recovered_count', 'totals.abandoned_count', 4) }} as recovery_rate,
        cast(totals.recovery_revenue as decimal(18, 2)) as recovery_revenue
    from totals
    inner join gold_date_dim as dates on totals.ended_date_key = dates.date_key
    inner join gold_channel_dim as channel on totals.channel_key = channel.channel_key
)

select * from final
