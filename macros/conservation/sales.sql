{#
  A sale takes from the stock what it sells, a return puts it back: the quantities of a transaction or order
  equal those of the movements that name it, as sums by product. Products are compared by SKU, because all
  that the master data does not know have one key.

  A stream's sales are compared from when both they and the movements had begun: what was sold before the
  stock was first told of has no movement to be found.
#}
{% macro balances_of_sales_and_movements() -%}
    {%- set sales = [
        {'source': 'pos', 'model': ref('gold_sales_fact')},
        {'source': 'ecommerce', 'model': ref('gold_sales_fact_ecommerce')},
    ] -%}
    {%- set movements = ref('gold_inventory_movement_fact') -%}
    {%- set is_touched = is_of_touched('reference_id', [
        {'model': sales[0].model, 'id': 'transaction_id'},
        {'model': sales[1].model, 'id': 'transaction_id'},
        {'model': movements, 'id': "coalesce(reference_id, 'none')"},
    ]) -%}
    (
        with changes as (
            {%- for sale in sales %}
            select
                '{{ sale.source }}' as source,
                transaction_id as reference_id,
                sku,
                -quantity_sold as sold_change,
                0 as moved_change,
                event_at
            from {{ sale.model }}
            union all
            {%- endfor %}
            select
                case when movement_reason = 'ONLINE_SALE' then 'ecommerce' else 'pos' end,
                coalesce(reference_id, 'none'),
                sku,
                0,
                quantity_change,
                event_at
            from {{ movements }}
            where movement_type in ('sale', 'return')
        ),

        beginnings as (
            {%- for sale in sales %}
            select
                '{{ sale.source }}' as source,
                min(event_at) as begun_at
            from {{ sale.model }}
            union all
            select
                '{{ sale.source }}',
                min(event_at)
            from {{ movements }}
            {{- ' union all' if not loop.last }}
            {%- endfor %}
        ),

        comparable_since as (
            select
                source,
                max(begun_at) as event_at
            from beginnings
            group by source
            having count(begun_at) = 2
        ),

        balances as (
            select
                changes.reference_id,
                changes.sku,
                sum(changes.sold_change) as sold_change,
                sum(changes.moved_change) as moved_change
            from changes
            inner join comparable_since
                on changes.source = comparable_since.source and changes.event_at >= comparable_since.event_at
            where {{ is_touched }}
            group by changes.reference_id, changes.sku
        ),

        quarantined as (
            {{ quarantined_sales() }}
        )

        select
            balances.*,
            case
                when balances.sold_change = balances.moved_change then 'kept'
                when quarantined.event_id is not null then 'quarantined'
                else 'broken'
            end as verdict
        from balances
        left join quarantined on balances.reference_id = quarantined.event_id
    )
{%- endmacro %}
