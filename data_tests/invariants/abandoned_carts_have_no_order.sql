{{ config(severity='warn', tags=['invariants']) }}

select * from {{ ref('ops_invariant_abandoned_carts') }}
where
    verdict = 'broken'
    and cart_id in (
        select carts.cart_id
        from {{ relation_named('gold_cart_abandonment_fact') }} as carts
        where {{ touched(relation_named('gold_cart_abandonment_fact')) }}
        union all
        select orders.session_id
        from {{ relation_named('gold_sales_fact_ecommerce') }} as orders
        where {{ touched(relation_named('gold_sales_fact_ecommerce')) }}
    )
