with silver_clickstream_deliveries as (
    select * from {{ ref('silver_clickstream_deliveries') }}
    where verdict = 'current' and event_type = 'complete_checkout'
),

-- The page of an order can be opened again, for months: only its first event is the checkout.
final as (
    select
        event_id,
        session_id,
        customer_id,
        order_id,
        event_at
    from silver_clickstream_deliveries as checkout
    where
        not exists (
            select 1 from silver_clickstream_deliveries as earlier
            where
                earlier.order_id = checkout.order_id
                and (
                    earlier.event_at < checkout.event_at
                    or earlier.event_at = checkout.event_at
                    and earlier.event_id < checkout.event_id
                )
        )
)

select * from final
