{{ config(severity='error', tags=['invariants']) }}

select * from {{ ref('ops_invariant_stock_carried_over') }}
where
    verdict = 'broken'
    and (product_key, location_key) in (
        select
            stock.product_key,
            stock.location_key
        from {{ relation_named('gold_inventory_fact') }} as stock
        where {{ touched(relation_named('gold_inventory_fact')) }}
    )
