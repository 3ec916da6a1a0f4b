{{ config(severity='warn', tags=['invariants']) }}

select * from {{ ref('ops_invariant_transfers') }}
where
    verdict = 'broken'
    and reference_id in (
        select coalesce(movements.reference_id, 'none')
        from {{ relation_named('gold_inventory_movement_fact') }} as movements
        where {{ touched(relation_named('gold_inventory_movement_fact')) }}
    )
