{{ config(severity='error', tags=['invariants']) }}

select * from {{ ref('ops_invariant_stock_by_movement') }}
where
    verdict = 'broken'
    and date_key in (
        select stock.date_key
        from {{ relation_named('gold_inventory_fact') }} as stock
        where {{ touched(relation_named('gold_inventory_fact')) }}
        union all
        select movements.date_key
        from {{ relation_named('gold_inventory_movement_fact') }} as movements
        where {{ touched(relation_named('gold_inventory_movement_fact')) }}
    )
