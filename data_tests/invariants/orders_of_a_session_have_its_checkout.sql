{{ config(severity='warn', tags=['invariants']) }}

select * from {{ ref('ops_invariant_orders_and_checkouts') }}
where
    verdict = 'broken'
    and session_id in (
        select orders.session_id
        from {{ relation_named('gold_sales_fact_ecommerce') }} as orders
        where {{ touched(relation_named('gold_sales_fact_ecommerce')) }}
        union all
        select clicks.session_id
        from {{ relation_named('gold_customer_event_fact') }} as clicks
        where {{ touched(relation_named('gold_customer_event_fact')) }}
    )
