{{ config(severity='warn', tags=['invariants']) }}

select * from {{ ref('ops_invariant_sales_and_stock') }}
where
    verdict = 'broken'
    and reference_id in (
        select sales.transaction_id
        from {{ relation_named('gold_sales_fact') }} as sales
        where {{ touched(relation_named('gold_sales_fact')) }}
        union all
        select orders.transaction_id
        from {{ relation_named('gold_sales_fact_ecommerce') }} as orders
        where {{ touched(relation_named('gold_sales_fact_ecommerce')) }}
        union all
        select coalesce(movements.reference_id, 'none')
        from {{ relation_named('gold_inventory_movement_fact') }} as movements
        where {{ touched(relation_named('gold_inventory_movement_fact')) }}
    )
