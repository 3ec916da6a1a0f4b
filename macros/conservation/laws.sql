{#
  Conservation laws: what the facts must say of each other. A law is a macro that yields, for a FROM
  clause, a row for each thing it holds for (a balance), with its `verdict`:
    kept          the two sides agree,
    broken        they don't,
    quarantined   they don't, and a part of it waits in silver_quarantined_events to be repaired.
  The tests in tests/data/conservation/ look for broken balances around what the last load touched, the
  summary counts all of them. A law about streams says nothing while one of them has never landed, nor of
  the time before both had begun.
#}

{# Every law as {name, subject, holds, reads, balances}: `name` is its test, `holds` what it says of n balances. #}
{% macro conservation_laws() -%}
    {{- return([
        {
            'name': 'on_hand_is_that_of_the_day_before_and_the_net_change',
            'subject': 'stock',
            'holds': 'daily balances follow from the day before',
            'reads': ['gold_inventory_fact'],
            'balances': balances_from_day_to_day(),
        },
        {
            'name': 'net_change_is_what_came_less_what_went',
            'subject': 'stock',
            'holds': 'net changes are what came less what went',
            'reads': ['gold_inventory_fact'],
            'balances': balances_of_a_day(),
        },
        {
            'name': 'stock_changes_by_its_movements_alone',
            'subject': 'stock',
            'holds': 'net changes are the sums of their movements',
            'reads': ['gold_inventory_fact', 'gold_inventory_movement_fact'],
            'balances': balances_of_stock_and_movements(),
        },
        {
            'name': 'transfers_arrive_as_they_left',
            'subject': 'transfers',
            'holds': 'products arrived as they left',
            'reads': ['gold_inventory_movement_fact'],
            'balances': balances_of_transfers(),
        },
        {
            'name': 'sales_and_returns_equal_their_stock_movements',
            'subject': 'sales',
            'holds': 'products of a sale or return moved as sold',
            'reads': [
                'gold_sales_fact',
                'gold_sales_fact_ecommerce',
                'gold_inventory_movement_fact',
                'silver_quarantined_events',
            ],
            'balances': balances_of_sales_and_movements(),
        },
        {
            'name': 'orders_of_a_session_have_its_checkout',
            'subject': 'orders',
            'holds': 'orders were checked out in their session',
            'reads': ['gold_sales_fact_ecommerce', 'gold_customer_event_fact', 'silver_quarantined_events'],
            'balances': balances_of_orders_and_checkouts(),
        },
        {
            'name': 'orders_equal_the_cart_at_their_checkout',
            'subject': 'orders',
            'holds': 'orders are the cart that was checked out',
            'reads': ['gold_sales_fact_ecommerce', 'gold_customer_event_fact', 'silver_quarantined_events'],
            'balances': balances_of_orders_and_carts(),
        },
        {
            'name': 'abandoned_carts_have_no_order',
            'subject': 'carts',
            'holds': 'abandoned carts have no order',
            'reads': ['gold_cart_abandonment_fact', 'gold_sales_fact_ecommerce'],
            'balances': balances_of_abandoned_carts(),
        },
    ]) -}}
{%- endmacro %}


{# The condition on date_key that the last load of one of these models touched the day; see test_scope. #}
{% macro is_touched_day(models) -%}
    {%- set conditions = [] -%}
    {%- for model in models -%}
        {%- do conditions.append(last_load(model).touched_days) -%}
    {%- endfor -%}
    {{- return('true' if 'true' in conditions else '(' ~ conditions | unique | join(' or ') ~ ')') -}}
{%- endmacro %}


{#
  is_of_touched(id, sources): the condition that `id` is one that has rows on the days that the last load of
  its model touched; `sources` is a list of {model, id}. A balance is looked at as a whole, on whatever days
  its parts lie.
#}
{% macro is_of_touched(id, sources) -%}
    {%- set queries = [] -%}
    {%- for source in sources -%}
        {%- set touched = last_load(source.model).touched_days -%}
        {%- if touched == 'true' -%}
            {{- return('true') -}}
        {%- endif -%}
        {%- do queries.append('select ' ~ source.id ~ ' from ' ~ source.model ~ ' where ' ~ touched) -%}
    {%- endfor -%}
    {{- return(id ~ ' in (' ~ queries | join(' union all ') ~ ')') -}}
{%- endmacro %}


{# For a CTE: ids of the sales and orders that were rejected, or a line item of which was. #}
{% macro quarantined_sales() -%}
    select distinct event_id
    from {{ ref('silver_quarantined_events') }}
    where
        source in ('pos', 'ecommerce')
        and event_id is not null
        and {{ array_text('failed_expectations') }} <> 'conflicting_duplicate'
{%- endmacro %}


{# For on-run-end: up to 3 rows of each test of a law or of the reconciliation that found some, a warning each. #}
{% macro report_broken_laws(results) -%}
    {%- for result in results
        if result.node.resource_type == 'test' and result.failures
        and ('conservation' in result.node.tags or 'reconciliation' in result.node.tags) -%}
        {%- set broken = run_query('select * from (' ~ result.node.compiled_code ~ ') as broken limit 3') -%}
        {%- for row in broken.rows -%}
            {%- set parts = [] -%}
            {%- for name in broken.column_names if name != 'verdict' -%}
                {%- do parts.append(name ~ ' ' ~ (row[name] if row[name] is not none else 'none')) -%}
            {%- endfor -%}
            {%- do exceptions.warn(result.node.name ~ ' is broken: ' ~ parts | join(', ')) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
