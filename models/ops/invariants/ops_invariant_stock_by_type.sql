{{ config(materialized='view') }}

with gold_inventory_fact as (
    select * from {{ ref('gold_inventory_fact') }}
),

final as (
    select
        product_key,
        location_key,
        date_key,
        received_quantity,
        transferred_in_quantity,
        returned_quantity,
        adjusted_quantity,
        sold_quantity,
        transferred_out_quantity,
        net_change,
        case
            when
                received_quantity
                + transferred_in_quantity
                + returned_quantity
                + adjusted_quantity
                - sold_quantity
                - transferred_out_quantity
                = net_change
                and least(
                    received_quantity,
                    transferred_in_quantity,
                    returned_quantity,
                    sold_quantity,
                    transferred_out_quantity
                ) >= 0
                then 'kept'
            else 'broken'
        end as verdict
    from gold_inventory_fact
)

select * from final
