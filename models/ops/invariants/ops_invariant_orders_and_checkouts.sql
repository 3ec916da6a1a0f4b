{{ config(materialized='view') }}

with ops_orders_of_sessions as (
    select * from {{ ref('ops_orders_of_sessions') }}
),

final as (
    select
        order_id,
        session_id,
        completed_at,
        case when completed_at is not null then 'kept' else 'broken' end as verdict
    from ops_orders_of_sessions
)

select * from final
