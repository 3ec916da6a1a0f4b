{#
  On hand at the end of a day is that of the product's day before at the location (0 before the first)
  and the net change: opening + received + transferred in + returned + adjusted − sold − transferred out
  = on hand, day by day.
#}
{% macro balances_from_day_to_day() -%}
    {%- set stock = ref('gold_inventory_fact') -%}
    {%- set is_touched = is_touched_day([stock]) -%}
    (
        with first_day as (
            select min(date_key) as date_key from {{ stock }} where {{ is_touched }}
        ),

        opening as (
            select
                product_key,
                location_key,
                max_by(quantity_on_hand, date_key) as quantity_on_hand
            from {{ stock }}
            where date_key < (select date_key from first_day)
            group by product_key, location_key
        ),

        chained as (
            select
                stock.product_key,
                stock.location_key,
                stock.date_key,
                coalesce(
                    lag(stock.quantity_on_hand)
                        over (partition by stock.product_key, stock.location_key order by stock.date_key),
                    opening.quantity_on_hand,
                    0
                ) as quantity_before,
                stock.net_change,
                stock.quantity_on_hand
            from {{ stock }} as stock
            left join opening
                on stock.product_key = opening.product_key and stock.location_key = opening.location_key
            where stock.date_key >= (select date_key from first_day)
        )

        select
            *,
            case when quantity_before + net_change = quantity_on_hand then 'kept' else 'broken' end as verdict
        from chained
    )
{%- endmacro %}


{# The net change of a day is what came less what went, and nothing comes or goes by less than 0. #}
{% macro balances_of_a_day() -%}
    {%- set stock = ref('gold_inventory_fact') -%}
    (
        select
            product_key,
            location_key,
            date_key,
            received_quantity,
            transferred_in_quantity,
            returned_quantity,
            adjusted_quantity,
            sold_quantity,
            transferred_out_quantity,
            net_change,
            case
                when
                    received_quantity + transferred_in_quantity + returned_quantity + adjusted_quantity
                    - sold_quantity - transferred_out_quantity = net_change
                    and least(
                        received_quantity,
                        transferred_in_quantity,
                        returned_quantity,
                        sold_quantity,
                        transferred_out_quantity
                    ) >= 0
                    then 'kept'
                else 'broken'
            end as verdict
        from {{ stock }}
        where {{ is_touched_day([stock]) }}
    )
{%- endmacro %}


{# The net change of a product, location and day is the sum of its movements. #}
{% macro balances_of_stock_and_movements() -%}
    {%- set stock = ref('gold_inventory_fact') -%}
    {%- set movements = ref('gold_inventory_movement_fact') -%}
    {%- set is_touched = is_touched_day([stock, movements]) -%}
    (
        select
            product_key,
            location_key,
            date_key,
            sum(net_change) as net_change,
            sum(moved_quantity) as moved_quantity,
            case
                when sum(net_change) = sum(moved_quantity) and sum(stock_rows) = 1 then 'kept'
                else 'broken'
            end as verdict
        from (
            select
                product_key,
                location_key,
                date_key,
                net_change,
                0 as moved_quantity,
                1 as stock_rows
            from {{ stock }}
            where {{ is_touched }}
            union all
            select
                product_key,
                location_key,
                date_key,
                0,
                quantity_change,
                0
            from {{ movements }}
            where {{ is_touched }}
        ) as changes
        group by product_key, location_key, date_key
    )
{%- endmacro %}


{# What leaves a location under a reference arrives at another under the same: they net to zero by product. #}
{% macro balances_of_transfers() -%}
    {%- set movements = ref('gold_inventory_movement_fact') -%}
    (
        select
            reference_id,
            sku,
            sum(case when movement_type = 'transfer_out' then -quantity_change else 0 end) as left_quantity,
            sum(case when movement_type = 'transfer_in' then quantity_change else 0 end) as arrived_quantity,
            case when sum(quantity_change) = 0 then 'kept' else 'broken' end as verdict
        from (
            select
                coalesce(reference_id, 'none') as reference_id,
                sku,
                movement_type,
                quantity_change
            from {{ movements }}
            where movement_type in ('transfer_in', 'transfer_out')
        ) as transfers
        where {{ is_of_touched('reference_id', [
            {'model': movements, 'id': "coalesce(reference_id, 'none')"},
        ]) }}
        group by reference_id, sku
    )
{%- endmacro %}
