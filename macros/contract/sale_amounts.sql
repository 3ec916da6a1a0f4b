{% macro with_sale_amounts(lines) -%}
    (
        with costed as (
            select
                {{ lines }}.*,
                coalesce(
                    price.unit_cost,
                    cast({{ lines }}.unit_price * {{ var('default_cost_share') }} as decimal(18, 2))
                ) as unit_cost
            from {{ lines }}
            left join gold_product_price_history as price
                on {{ is_valid_for(lines, 'product', 'price') }}
        ),

        multiplied as (
            select
                *,
                {{ line_amount('quantity', 'unit_price') }} as gross,
                {{ line_amount('quantity', 'unit_discount') }} as discount,
                cast(quantity * unit_cost as decimal(18, 2)) as cost
            from costed
        ),

        netted as (
            select *, cast(gross - discount as decimal(18, 2)) as net
            from multiplied
        )

        select
            *,
            cast(direction * quantity as int) as quantity_sold,
            cast(case when is_return then -quantity else quantity_requested end as int)
                as quantity_wanted,
            direction > 0 and quantity_requested > quantity as is_inventory_constrained,
            cast(direction * discount as decimal(18, 2)) as discount_amount,
            cast(direction * net as decimal(18, 2)) as net_sales_amount,
            -- Wide enough for the greatest net with the digits of a rate.
            cast(cast(direction * net as decimal(28, 2)) * tax_rate as decimal(18, 2))
                as tax_amount,
            cast(direction * (net - cost) as decimal(18, 2)) as gross_margin_amount
        from netted
    )
{%- endmacro %}

{# line_amount(quantity, unit_amount): their product, rounded once, to the cent; never overflows. #}
{% macro line_amount(quantity, unit_amount) -%}
    cast({{ quantity }} * cast({{ unit_amount }} as decimal(28, 6)) as decimal(18, 2))
{%- endmacro %}
