{{ config(severity='error', tags=['invariants']) }}

select * from {{ ref('ops_invariant_stock_by_type') }}
where
    verdict = 'broken'
    and {{ touched(relation_named('gold_inventory_fact')) }}
