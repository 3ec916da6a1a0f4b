with gold_cart_abandonment_fact as (
    select * from {{ ref('gold_cart_abandonment_fact') }}
),

gold_customer_event_fact as (
    select * from {{ ref('gold_customer_event_fact') }}
),

gold_date_dim as (
    select * from {{ ref('gold_date_dim') }}
),

gold_channel_dim as (
    select * from {{ ref('gold_channel_dim') }}
),

cart_sessions as (
    select
        session_id,
        max(case when event_type = 'begin_checkout' then 1 else 0 end) as has_begun_checkout
    from gold_customer_event_fact
    group by session_id
    having max(case when event_type = 'add_to_cart' then 1 else 0 end) = 1
),

-- Day and channel as an abandoned cart has them: of the last event, and of the last that names one.
last_events as (
    select
        session_id,
        date_key
    from gold_customer_event_fact
    qualify row_number() over (partition by session_id order by event_at desc, event_id desc) = 1
),

last_channels as (
    select
        session_id,
        channel_key
    from gold_customer_event_fact
    where channel_code is not null
    qualify row_number() over (partition by session_id order by event_at desc, event_id desc) = 1
),

stages as (
    select
        'cart' as stage,
        0 as needs_checkout
    union all
    select
        'checkout' as stage,
        1 as needs_checkout
),

reached_stages as (
    select
        stages.stage,
        last_events.date_key,
        coalesce(last_channels.channel_key, -1) as channel_key,
        carts.cart_id,
        carts.is_recovered,
        carts.cart_value,
        carts.minutes_in_cart,
        carts.recovery_revenue
    from cart_sessions as sessions
    inner join stages on sessions.has_begun_checkout >= stages.needs_checkout
    inner join last_events on sessions.session_id = last_events.session_id
    left join last_channels on sessions.session_id = last_channels.session_id
    left join gold_cart_abandonment_fact as carts
        on sessions.session_id = carts.cart_id and stages.stage = carts.abandonment_stage
),

totals as (
    select
        date_key,
        channel_key,
        stage,
        count(*) as reached_count,
        count(cart_id) as abandoned_count,
        count(case when is_recovered then cart_id end) as recovered_count,
        coalesce(sum(cart_value), 0) as abandoned_value,
        coalesce(sum(recovery_revenue), 0) as recovery_revenue,
        coalesce(sum(minutes_in_cart), 0) as minutes_in_cart
    from reached_stages
    group by
        date_key,
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
    inner join gold_date_dim as dates on totals.date_key = dates.date_key
    inner join gold_channel_dim as channel on totals.channel_key = channel.channel_key
)

select * from final
