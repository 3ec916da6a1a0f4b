{{ config(
    unique_key='cart_id',
    meta={'replaces': 'cart_id'},
) }}

{%- set changed = changed_carts() %}

with silver_clickstream_events as (
    select * from {{ ref('silver_clickstream_events') }}
),

silver_clickstream_deliveries as (
    select * from {{ ref('silver_clickstream_deliveries') }}
    where verdict <> 'rejected'
),

silver_checkouts as (
    select * from {{ ref('silver_checkouts') }}
    where {{ changed.is_around }}
),

silver_ecommerce_deliveries as (
    select * from {{ ref('silver_ecommerce_deliveries') }}
    where verdict = 'current'
),

silver_ecommerce_unified as (
    select * from {{ ref('silver_ecommerce_unified') }}
),

gold_customer_dim as (
    select * from {{ ref('gold_customer_dim') }}
),

session_events as (
    select * from silver_clickstream_events
    where {{ changed.is_session }}
),

completed_sessions as (
    select distinct session_id
    from silver_checkouts
    where {{ changed.is_session }}
),

-- Data time, not the clock: the same files give the same rows.
newest_event as (
    select max(event_at) as event_at from silver_clickstream_deliveries
),

unfinished_sessions as (
    select
        session_id,
        min(case when event_type = 'add_to_cart' then event_at end) as first_added_at,
        max(case when event_type = 'begin_checkout' then event_at end) as checkout_begun_at,
        max(event_at) as event_at,
        max(_ingested_at) as _ingested_at,
        max_by(date_key, event_at) as date_key,
        max_by(time_key, event_at) as time_key,
        max_by(local_date, event_at) as local_date
    from session_events
    where
        not exists (
            select 1 from completed_sessions as completed
            where completed.session_id = session_events.session_id
        )
    group by session_id
    having
        max(case when event_type = 'add_to_cart' then 1 else 0 end) = 1
        and {{ later('max(event_at)', minutes=minutes_until_over()) }}
        <= (select newest_event.event_at from newest_event)
),

ordered_events as (
    select
        events.session_id,
        events.customer_id,
        events.channel_code,
        events.channel_key,
        events.cart_items,
        events.cart_value,
        row_number() over (
            partition by events.session_id order by events.event_at, events.event_id
        ) as position
    from session_events as events
    inner join unfinished_sessions as sessions on events.session_id = sessions.session_id
),

positioned_events as (
    select
        *,
        max(case when customer_id is not null then position end)
            over (partition by session_id)
            as customer_position,
        max(case when channel_code is not null then position end)
            over (partition by session_id)
            as channel_position,
        max(case when coalesce(cart_items, cart_value) is not null then position end)
            over (partition by session_id)
            as cart_position
    from ordered_events
),

last_values as (
    select
        session_id,
        max(case when position = customer_position then customer_id end) as customer_id,
        max(case when position = channel_position then channel_code end) as channel_code,
        max(case when position = channel_position then channel_key end) as channel_key,
        max(case when position = cart_position then cart_items end) as items_count,
        max(case when position = cart_position then cart_value end) as cart_value
    from positioned_events
    group by session_id
),

abandoned_carts as (
    select
        sessions.session_id as cart_id,
        coalesce(
            customer.customer_key, case when final_state.customer_id is null then -2 else -1 end
        ) as customer_key,
        coalesce(final_state.channel_key, -1) as channel_key,
        sessions.date_key,
        sessions.time_key,
        final_state.items_count,
        coalesce(final_state.cart_value, 0) as cart_value,
        cast(
            least(
                floor(
                    ({{ micros('sessions.event_at') }} - {{ micros('sessions.first_added_at') }})
                    / 60000000
                ),
                2147483647
            )
            as int
        ) as minutes_in_cart,
        case when sessions.checkout_begun_at is null then 'cart' else 'checkout' end
            as abandonment_stage,
        sessions.event_at,
        sessions._ingested_at,
        final_state.customer_id,
        final_state.channel_code,
        sessions.local_date
    from unfinished_sessions as sessions
    inner join last_values as final_state on sessions.session_id = final_state.session_id
    left join gold_customer_dim as customer
        on final_state.customer_id = customer.customer_id
        and customer.customer_key > 0
        and sessions.local_date >= customer.effective_date
        and sessions.local_date < customer.expiration_date
    where final_state.items_count > 0
),

changed_visits as (
    select distinct
        session_id,
        customer_id,
        {{ utc_date('event_at') }} as day
    from silver_clickstream_deliveries
    where {{ changed.is_session }}
),

changed_days as (
    select
        named.customer_id,
        visited.day
    from (select distinct session_id, customer_id from changed_visits) as named
    inner join (select distinct session_id, day from changed_visits) as visited
        on named.session_id = visited.session_id
    where named.customer_id is not null
),

-- The days around which the customer has an event in a changed session (in any version of either).
-- Recoveries can change only of carts that ended before or on such a day, and depend on nothing else
-- but what lies around it.
customer_days as (
    select
        changed_days.customer_id,
        cast(changed_days.day + shift.days * interval '1' day as date) as day,
        shift.days <= 0 as is_before
    from changed_days
    cross join (
        values ({{ range(-recovery_days(), recovery_days() + 1) | join('), (') }})
    ) as shift (days)
),

carts as (
    select * from abandoned_carts
    {%- if is_incremental() %}
    union all
    select
        cart_id,
        customer_key,
        channel_key,
        date_key,
        time_key,
        items_count,
        cart_value,
        minutes_in_cart,
        abandonment_stage,
        event_at,
        _ingested_at,
        customer_id,
        channel_code,
        local_date
    from {{ this }}
    where {{ changed.is_recomputed }}
    {%- endif %}
),

checkouts as (
    select
        event_id,
        session_id,
        customer_id,
        order_id,
        event_at,
        date_key
    from silver_clickstream_events
    where
        event_id in (select event_id from silver_checkouts)
        and customer_id is not null
        and {{ changed.is_near }}
),

-- Of those that have come: the order that the checkout names, or else the latest of its session.
placed_orders as (
    select
        checkouts.event_id as checkout_id,
        orders.order_id,
        orders.event_at as placed_at
    from checkouts
    inner join silver_ecommerce_deliveries as orders on checkouts.order_id = orders.order_id
    union all
    select
        checkouts.event_id as checkout_id,
        orders.order_id,
        orders.event_at as placed_at
    from checkouts
    inner join silver_ecommerce_deliveries as orders on checkouts.session_id = orders.session_id
    where checkouts.order_id is null
    qualify
        row_number() over (
            partition by checkouts.event_id
            order by orders.event_at desc, orders.order_id desc
        ) = 1
),

customer_timeline as (
    select
        customer_id,
        event_at,
        cart_id,
        true as is_worked_out,
        cast(null as string) as checkout_id,
        cast(null as string) as session_id,
        cast(null as string) as order_id,
        cast(null as timestamp) as placed_at,
        cast(null as int) as date_key
    from carts
    where customer_id is not null
    {%- if is_incremental() %}
    union all
    select
        customer_id,
        event_at,
        cart_id,
        false,
        null,
        null,
        null,
        null,
        null
    from {{ this }}
    where {{ changed.is_other_cart }}
    {%- endif %}
    union all
    select
        checkouts.customer_id,
        checkouts.event_at,
        cast(null as string) as cart_id,
        cast(null as boolean) as is_worked_out,
        checkouts.event_id as checkout_id,
        checkouts.session_id,
        coalesce(checkouts.order_id, orders.order_id) as order_id,
        orders.placed_at,
        checkouts.date_key
    from checkouts
    left join placed_orders as orders on checkouts.event_id = orders.checkout_id
),

-- A checkout at the very end of a session is not after it.
numbered as (
    select
        *,
        row_number() over (
            partition by customer_id order by event_at, cart_id nulls first, is_worked_out
        ) as position
    from customer_timeline
),

preceding_carts as (
    select
        *,
        max(case when cart_id is not null then position end) over (
            partition by customer_id
            order by position
            rows between unbounded preceding and current row
        ) as cart_position
    from numbered
),

preceded as (
    select
        *,
        max(cart_id) over (partition by customer_id, cart_position) as preceding_cart_id,
        max(case when is_worked_out then event_at end)
            over (partition by customer_id, cart_position)
            as cart_left_at
    from preceding_carts
    where cart_position is not null
),

-- An order that was placed before the cart was left is no purchase of what was in it.
recoveries as (
    select
        preceding_cart_id as cart_id,
        session_id as recovery_session_id,
        date_key as recovery_date_key,
        order_id as recovery_order_id
    from preceded
    where
        checkout_id is not null
        and event_at <= {{ later('cart_left_at', days=recovery_days()) }}
        and coalesce(placed_at >= cart_left_at, true)
    qualify
        row_number() over (partition by preceding_cart_id order by event_at, checkout_id) = 1
),

-- One order of an absurd size must not stop the load: its amount is limited to what the type holds.
recovered_carts as (
    select
        recoveries.cart_id,
        recoveries.recovery_session_id,
        recoveries.recovery_date_key,
        recoveries.recovery_order_id,
        cast(
            least(
                greatest(
                    coalesce(
                        sum(
                            {{ line_amount('lines.quantity', 'lines.unit_price') }}
                            - {{ line_amount('lines.quantity', 'lines.unit_discount') }}
                        ),
                        0
                    ),
                    -9999999999999999.99
                ),
                9999999999999999.99
            )
            as decimal(18, 2)
        ) as net_amount
    from recoveries
    left join silver_ecommerce_unified as lines
        on recoveries.recovery_order_id = lines.order_id
        and lines.order_status <> 'cancelled'
    group by
        recoveries.cart_id,
        recoveries.recovery_session_id,
        recoveries.recovery_date_key,
        recoveries.recovery_order_id
),

final as (
    select
        carts.cart_id,
        carts.customer_key,
        carts.channel_key,
        carts.date_key,
        carts.time_key,
        carts.items_count,
        cast(carts.cart_value as decimal(18, 2)) as cart_value,
        carts.minutes_in_cart,
        carts.abandonment_stage,
        recovered.cart_id is not null as is_recovered,
        recovered.recovery_order_id,
        recovered.recovery_date_key,
        coalesce(recovered.net_amount, cast(0 as decimal(18, 2))) as recovery_revenue,
        carts.event_at,
        carts._ingested_at,
        carts.customer_id,
        carts.channel_code,
        recovered.recovery_session_id,
        carts.local_date
    from carts
    left join recovered_carts as recovered on carts.cart_id = recovered.cart_id
)

select * from final {{ changed.plan }}
