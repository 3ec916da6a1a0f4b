with gold_customer_event_fact as (
    select * from {{ ref('gold_customer_event_fact') }}
),

silver_checkouts as (
    select * from {{ ref('silver_checkouts') }}
),

gold_cart_abandonment_fact as (
    select * from {{ ref('gold_cart_abandonment_fact') }}
),

-- A pair to compare, not a row number: sorting all events in a window costs five times as much.
ordered_events as (
    select
        events.session_id,
        events.event_type,
        events.event_at,
        events.local_date,
        events.date_key,
        events.device_type,
        events.channel_key,
        events.channel_code,
        checkouts.event_id is not null as is_checkout,
        {{ struct_of({'event_at': 'events.event_at', 'event_id': 'events.event_id'}) }} as position
    from gold_customer_event_fact as events
    left join silver_checkouts as checkouts on events.event_id = checkouts.event_id
),

sessions as (
    select
        session_id,
        min(event_at) as started_at,
        max(event_at) as ended_at,
        min_by(local_date, position) as started_date,
        max_by(local_date, position) as ended_date,
        min_by(date_key, position) as started_date_key,
        max_by(date_key, position) as ended_date_key,
        min_by(device_type, position) as device_type,
        max_by(channel_key, case when channel_code is not null then position end) as channel_key,
        count(*) as event_count,
        max(
            case
                when is_checkout then 4
                when event_type = 'begin_checkout' then 3
                when event_type = 'add_to_cart' then 2
                when event_type = 'product_view' then 1
                else 0
            end
        ) as furthest_step,
        max(case when event_type = 'add_to_cart' then 1 else 0 end) as cart_count,
        max(case when event_type = 'begin_checkout' then 1 else 0 end) as checkout_count
    from ordered_events
    group by session_id
),

final as (
    select
        sessions.session_id,
        sessions.started_at,
        sessions.ended_at,
        sessions.started_date_key,
        sessions.ended_date_key,
        sessions.device_type,
        coalesce(sessions.channel_key, -1) as channel_key,
        sessions.event_count,
        -- Who comes back to a full cart adds nothing to it: a step counts for those before it.
        sessions.furthest_step >= 1 as has_viewed_product,
        sessions.furthest_step >= 2 as has_filled_cart,
        sessions.furthest_step >= 3 as has_begun_checkout,
        sessions.furthest_step >= 4 as has_completed_checkout,
        sessions.cart_count = 1 as has_added_to_cart,
        sessions.cart_count = 1 and sessions.checkout_count = 1 as has_taken_cart_to_checkout,
        carts.cart_id is not null as is_abandoned,
        carts.abandonment_stage,
        coalesce(carts.is_recovered, false) as is_recovered,
        cast(coalesce(carts.cart_value, 0) as decimal(18, 2)) as abandoned_value,
        carts.minutes_in_cart,
        cast(coalesce(carts.recovery_revenue, 0) as decimal(18, 2)) as recovery_revenue,
        sessions.started_date,
        sessions.ended_date
    from sessions
    left join gold_cart_abandonment_fact as carts on sessions.session_id = carts.cart_id
)

select * from final
