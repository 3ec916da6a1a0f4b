{{ config(materialized='view') }}

{%- set invariants = [
    {
        'view': 'ops_invariant_stock_carried_over',
        'name': 'on_hand_is_that_of_the_day_before_and_the_net_change',
        'subject': 'stock',
        'statement': 'daily balances follow from the day before',
    },
    {
        'view': 'ops_invariant_stock_by_type',
        'name': 'net_change_is_what_came_less_what_went',
        'subject': 'stock',
        'statement': 'net changes are what came less what went',
    },
    {
        'view': 'ops_invariant_stock_by_movement',
        'name': 'stock_changes_by_its_movements_alone',
        'subject': 'stock',
        'statement': 'net changes are the sums of their movements',
    },
    {
        'view': 'ops_invariant_transfers',
        'name': 'transfers_arrive_as_they_left',
        'subject': 'transfers',
        'statement': 'products arrived as they left',
    },
    {
        'view': 'ops_invariant_sales_and_stock',
        'name': 'sales_and_returns_equal_their_stock_movements',
        'subject': 'sales',
        'statement': 'products of a sale or return moved as sold',
    },
    {
        'view': 'ops_invariant_orders_and_checkouts',
        'name': 'orders_of_a_session_have_its_checkout',
        'subject': 'orders',
        'statement': 'orders were checked out in their session',
    },
    {
        'view': 'ops_invariant_orders_and_carts',
        'name': 'orders_equal_the_cart_at_their_checkout',
        'subject': 'orders',
        'statement': 'orders are the cart that was checked out',
    },
    {
        'view': 'ops_invariant_abandoned_carts',
        'name': 'abandoned_carts_have_no_order',
        'subject': 'carts',
        'statement': 'abandoned carts have no order',
    },
] %}

with checked as (
    {% for invariant in invariants %}
        select
            {{ loop.index }} as position,
            '{{ invariant.name }}' as invariant,
            '{{ invariant.subject }}' as subject,
            '{{ invariant.statement }}' as statement,
            count(case when verdict = 'kept' then 1 end) as kept_count,
            count(case when verdict = 'broken' then 1 end) as broken_count,
            count(case when verdict = 'quarantined' then 1 end) as quarantined_count
        from {{ ref(invariant.view) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    position,
    invariant,
    subject,
    statement,
    kept_count,
    broken_count,
    quarantined_count
from checked
