{{ config(materialized='view') }}

with silver_quarantined_events as (
    select * from {{ ref('silver_quarantined_events') }}
),

final as (
    select distinct event_id
    from silver_quarantined_events
    where
        source in ('pos', 'ecommerce')
        and event_id is not null
        and {{ join_items('failed_expectations', 'name', 'name') }} <> 'conflicting_duplicate'
)

select * from final
