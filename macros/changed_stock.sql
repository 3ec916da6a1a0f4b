{% macro changed_stock(products, locations) -%}
    {%- set movements = ref('silver_inventory_deliveries') -%}
    {%- set members = ref('silver_dimension_members') -%}
    {%- set plan = {'inputs': {}, 'bounds': none, 'ids': none, 'is_empty': false} -%}
    {%- set is_changed = read_since(plan, movements) -%}
    {%- set is_member_changed = read_since(plan, members) -%}
    {#- A local day can be the one after that of UTC. -#}
    {%- set day = 'cast(' ~ utc_date('event_at') ~ " + interval '1' day as date)" -%}
    {%- set has_changed_members = is_incremental() and is_member_changed != 'false' -%}
    {%- set days -%}
        select product_key, location_key, {{ date_key('local_date') }} as date_key
        from (select
            case when counted.as_known_product then coalesce(product.product_key, -1) else -1 end
                as product_key,
            case when counted.as_known_location then coalesce(location.location_key, -1) else -1 end
                as location_key,
            {{ local_date(local_timestamp(
                'movement.event_at',
                'coalesce(case when counted.as_known_location then location.timezone end, '
                ~ business_timezone() ~ ')'
            )) }} as local_date
        from (
            select event_at, sku, location_id, verdict = 'current' as is_counted_once
            from {{ movements }}
            where {{ is_changed }} and event_at is not null
            {%- if has_changed_members %}
            union all
            select event_at, sku, location_id, false
            from {{ movements }}
            where
                verdict = 'current'
                and {{ since_first_change('event_at', is_member_changed) }}
                and (
                    {{ is_changed_member('product', 'sku', day, is_member_changed) }}
                    or {{ is_changed_member('location', 'location_id', day, is_member_changed) }}
                    or {{ is_changed_member('calendar', "'calendar'", day, is_member_changed) }}
                )
            {%- endif %}
        ) as movement
        inner join (
            values (true, true), (true, false), (false, true), (false, false)
        ) as counted (as_known_product, as_known_location)
            on not movement.is_counted_once
            or (counted.as_known_product and counted.as_known_location)
        left join {{ products }} as product on movement.sku = product.sku
        left join {{ locations }} as location
            on movement.location_id = location.location_id and location.location_key > 0
        ) as dated
        where local_date <= date '{{ var("date_dim_end") }}'
        {%- if has_changed_members %}
        union all
        select existing.product_key, existing.location_key, existing.date_key
        from {{ this }} as existing
        left join {{ products }} as product on existing.product_key = product.product_key
        left join {{ locations }} as location on existing.location_key = location.location_key
        {%- set day = 'existing.local_date' %}
        where
            product.product_key is null
            or location.location_key is null
            or {{ is_changed_member('product', 'product.sku', day, is_member_changed) }}
            or {{ is_changed_member('location', 'location.location_id', day, is_member_changed) }}
            or {{ is_changed_member('calendar', "'calendar'", day, is_member_changed) }}
        {%- endif %}
    {%- endset -%}

    {%- if is_incremental() -%}
        {%- set first = none if is_changed == 'false' and not has_changed_members
            else run_query('select min(date_key) from (' ~ days ~ ') as days').rows[0][0] -%}
        {%- set ranges = [] if first is none else [[first | string, none]] -%}
        {%- set bounds = {'column': 'date_key', 'ranges': ranges} -%}
        {%- do plan.update({'ids': days, 'bounds': bounds, 'is_empty': first is none}) -%}
    {%- endif -%}
    {{- return({
        'days': '(' ~ days ~ ')', 'is_after': is_within(plan.bounds), 'plan': plan_comment(plan)
    }) -}}
{%- endmacro %}
