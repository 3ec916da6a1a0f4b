{{ config(materialized='view') }}

with silver_product_history as (
    select * from {{ ref('silver_product_history') }}
),

final as (
    select
        cast(member_key as int) as product_key,
        sku,
        base_price,
        unit_cost,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by sku order by valid_from), date '9999-12-31'
        ) as valid_to
    from silver_product_history
)

select * from final
