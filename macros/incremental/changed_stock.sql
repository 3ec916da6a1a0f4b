{#
  changed_stock(movements, products, locations, keyed): what gold_inventory_fact counts again, from the
  event-level model `movements`, the dimensions that it gets its keys from, and the silver model `keyed`:
    days       for a FROM clause: product_key, location_key and date_key of all versions of the movements
               that changed since this model's mark, and of those that have other keys since
    is_after   the condition on date_key that it is none before the first of these days, as a literal;
               true on a first load

  A version that lost, or a movement with other keys now, may have been counted as of the unknown product
  or place, when the dimension did not know better yet; or of one that the dimension knows no longer.
#}
{% macro changed_stock(movements, products, locations, keyed) -%}
    {%- set is_changed = since_mark(movements, '_changed_at') -%}
    {%- set is_keyed = since_mark(keyed, '_keyed_at') -%}
    {%- set has_keyed = is_incremental() and is_keyed != 'false' -%}
    {%- set days -%}
        select
            case when counted.as_known_product then coalesce(product.product_key, -1) else -1 end as product_key,
            case when counted.as_known_location then coalesce(location.location_key, -1) else -1 end as location_key,
            movement.date_key
        from (select * from {{ movements }} where {{ is_changed }}) as movement
        inner join (
            values (true, true), (true, false), (false, true), (false, false)
        ) as counted (as_known_product, as_known_location)
            on not movement.is_current or (counted.as_known_product and counted.as_known_location)
        left join {{ products }} as product on movement.sku = product.sku
        left join {{ locations }} as location on movement.location_id = location.location_id
        {%- if has_keyed %}
        union all
        select
            case when counted.as_known_product then movement.product_key else -1 end as product_key,
            case when counted.as_known_location then movement.location_key else -1 end as location_key,
            movement.date_key
        from (select * from {{ keyed }} where {{ is_keyed }}) as movement
        cross join (
            values (true, true), (true, false), (false, true), (false, false)
        ) as counted (as_known_product, as_known_location)
        union all
        select product_key, location_key, date_key
        from {{ this }}
        where
            product_key not in (select product_key from {{ products }})
            or location_key not in (select location_key from {{ locations }})
        {%- endif %}
    {%- endset -%}

    {%- set is_after = 'true' -%}
    {%- if is_loading() and is_incremental() -%}
        {%- set first = run_query('select min(date_key) from (' ~ days ~ ') as days').rows[0][0] if has_keyed
            else run_query('select min(date_key) from ' ~ movements ~ ' where ' ~ is_changed).rows[0][0] -%}
        {%- set is_after = 'false' if first is none else 'date_key >= ' ~ first -%}
    {%- endif -%}
    {%- do replace_rows(days, is_after) -%}
    {{- return({'days': '(' ~ days ~ ')', 'is_after': is_after}) -}}
{%- endmacro %}


{#
  held_balances(changed): for a FROM clause: the stock that gold_inventory_fact holds before the
  `first_date_key` of each product_key and location_key of the CTE `changed`, as quantity_on_hand; where
  it holds none, no row.
#}
{% macro held_balances(changed) -%}
    {%- if is_incremental() -%}
    (
        select
            {{ changed }}.product_key,
            {{ changed }}.location_key,
            max_by(held.quantity_on_hand, held.date_key) as quantity_on_hand
        from {{ changed }}
        inner join {{ this }} as held
            on {{ changed }}.product_key = held.product_key
            and {{ changed }}.location_key = held.location_key
            and {{ changed }}.first_date_key > held.date_key
        group by {{ changed }}.product_key, {{ changed }}.location_key
    )
    {%- else -%}
    (select product_key, location_key, cast(0 as bigint) as quantity_on_hand from {{ changed }} where false)
    {%- endif -%}
{%- endmacro %}
