with gold_customer_event_fact as (
    select * from {{ ref('gold_customer_event_fact') }}
),

gold_date_dim as (
    select * from {{ ref('gold_date_dim') }}
),

first_events as (
    select
        session_id,
        date_key,
        device_type
    from gold_customer_event_fact
    qualify row_number() over (partition by session_id order by event_at, event_id) = 1
),

-- A session that comes to a step counts for those before it: who comes back to a full cart adds
-- nothing to it.
furthest_steps as (
    select
        session_id,
        max(
            case event_type
                when 'complete_checkout' then 4
                when 'begin_checkout' then 3
                when 'add_to_cart' then 2
                when 'product_view' then 1
                else 0
            end
        ) as step
    from gold_customer_event_fact
    group by session_id
),

counts as (
    select
        first_events.date_key,
        first_events.device_type,
        count(*) as session_count,
        sum(case when steps.step >= 1 then 1 else 0 end) as viewed_count,
        sum(case when steps.step >= 2 then 1 else 0 end) as added_count,
        sum(case when steps.step >= 3 then 1 else 0 end) as begun_count,
        sum(case when steps.step >= 4 then 1 else 0 end) as completed_count
    from first_events
    inner join furthest_steps as steps on first_events.session_id = steps.session_id
    group by
        first_events.date_key,
        first_events.device_type
),

final as (
    select
        dates.calendar_date,
        counts.device_type,
        counts.session_count,
        cast(counts.viewed_count as bigint) as viewed_product_count,
        cast(counts.added_count as bigint) as added_to_cart_count,
        cast(counts.begun_count as bigint) as began_checkout_count,
        cast(counts.completed_count as bigint) as completed_checkout_count,
        {{ quotient('counts.viewed_count', 'counts.session_count', 4) }} as view_rate,
        {{ quotient('counts.added_count', 'counts.viewed_count', 4) }} as cart_rate,
        {{ quotient('counts.begun_count', 'counts.added_count', 4) }} as checkout_rate,
        {{ quotient('counts.completed_count', 'counts.begun_count', 4) }} as completion_rate,
        {{ quotient('counts.completed_count', 'counts.session_count', 4) }} as conversion_rate
    from counts
    inner join gold_date_dim as dates on counts.date_key = dates.date_key
)

select * from final
