{{ config(materialized='view') }}

with gold_inventory_fact as (
    select * from {{ ref('gold_inventory_fact') }}
),

carried_over as (
    select
        product_key,
        location_key,
        date_key,
        coalesce(
            lag(quantity_on_hand) over (partition by product_key, location_key order by date_key),
            0
        ) as quantity_before,
        net_change,
        quantity_on_hand
    from gold_inventory_fact
),

final as (
    select
        product_key,
        location_key,
        date_key,
        quantity_before,
        net_change,
        quantity_on_hand,
        case
            when quantity_before + net_change = quantity_on_hand then 'kept'
            else 'broken'
        end as verdict
    from carried_over
)

select * from final
