{{ config(materialized='view') }}

with gold_inventory_movement_fact as (
    select * from {{ ref('gold_inventory_movement_fact') }}
),

transfers as (
    select
        coalesce(reference_id, 'none') as reference_id,
        sku,
        movement_type,
        quantity_change
    from gold_inventory_movement_fact
    where movement_type in ('transfer_in', 'transfer_out')
),

compared as (
    select
        reference_id,
        sku,
        sum(case when movement_type = 'transfer_out' then -quantity_change else 0 end)
            as left_quantity,
        sum(case when movement_type = 'transfer_in' then quantity_change else 0 end)
            as arrived_quantity
    from transfers
    group by
        reference_id,
        sku
),

final as (
    select
        reference_id,
        sku,
        left_quantity,
        arrived_quantity,
        case when left_quantity = arrived_quantity then 'kept' else 'broken' end as verdict
    from compared
)

select * from final
