{#
  changed_stock(movements, products, locations): what gold_inventory_fact counts again, from the
  event-level model `movements` and the dimensions that give it its keys:
    ids    a query of product_key, location_key and date_key: the days of all versions of the movements
           that changed since this model's mark
    days   the condition on date_key that it is none before the first of them, as a literal; true on a
           first load

  A version that lost may have been counted as of the unknown product or place, when the dimension did
  not know better yet.
#}
{% macro changed_stock(movements, products, locations) -%}
    {%- set is_changed = since_mark(movements, '_changed_at') -%}
    {%- set ids -%}
        select
            case when keyed.is_product_known then coalesce(product.product_key, -1) else -1 end as product_key,
            case when keyed.is_location_known then coalesce(location.location_key, -1) else -1 end as location_key,
            movement.date_key
        from (select * from {{ movements }} where {{ is_changed }}) as movement
        inner join (
            values (true, true), (true, false), (false, true), (false, false)
        ) as keyed (is_product_known, is_location_known)
            on not movement.is_current or (keyed.is_product_known and keyed.is_location_known)
        left join {{ products }} as product on movement.sku = product.sku
        left join {{ locations }} as location on movement.location_id = location.location_id
    {%- endset -%}

    {%- set days = 'true' -%}
    {%- if is_loading() and is_incremental() -%}
        {%- set first = run_query('select min(date_key) from ' ~ movements ~ ' where ' ~ is_changed).rows[0][0] -%}
        {%- set days = 'false' if first is none else 'date_key >= ' ~ first -%}
    {%- endif -%}
    {%- do replace_rows(ids, days) -%}
    {{- return({'ids': ids, 'days': days}) -}}
{%- endmacro %}
