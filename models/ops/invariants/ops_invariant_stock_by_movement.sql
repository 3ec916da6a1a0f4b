{{ config(materialized='view') }}

with gold_inventory_fact as (
    select * from {{ ref('gold_inventory_fact') }}
),

-- What moved after the end of the calendar is in no balance.
gold_inventory_movement_fact as (
    select * from {{ ref('gold_inventory_movement_fact') }}
    where local_date <= date '{{ var("date_dim_end") }}'
),

changes as (
    select
        product_key,
        location_key,
        date_key,
        net_change,
        0 as moved_quantity,
        1 as stock_row_count
    from gold_inventory_fact
    union all
    select
        product_key,
        location_key,
        date_key,
        0 as net_change,
        quantity_change as moved_quantity,
        0 as stock_row_count
    from gold_inventory_movement_fact
),

compared as (
    select
        product_key,
        location_key,
        date_key,
        sum(net_change) as net_change,
        sum(moved_quantity) as moved_quantity,
        sum(stock_row_count) as stock_row_count
    from changes
    group by
        product_key,
        location_key,
        date_key
),

final as (
    select
        product_key,
        location_key,
        date_key,
        net_change,
        moved_quantity,
        case
            when net_change = moved_quantity and stock_row_count = 1 then 'kept'
            else 'broken'
        end as verdict
    from compared
)

select * from final
