{#
  with_sale_amounts(lines): for a FROM clause: the line items of a CTE, sold or brought back, with what
  both sale facts say of them. Of `lines` it reads quantity, quantity_requested, unit_price,
  unit_discount, is_return, product_key and tax_rate; of the CTE gold_product_dim, unit_cost.

  A product that is not known costs 40 % of its price. Each amount is rounded to the cent at its own
  name; a return has the figures of a sale with the opposite sign, and was wanted as it is.
#}
{% macro with_sale_amounts(lines) -%}
    (
        with costed as (
            select
                {{ lines }}.*,
                case when {{ lines }}.is_return then -1 else 1 end as direction,
                case
                    when {{ lines }}.product_key = -1 then cast({{ lines }}.unit_price * 0.40 as decimal(18, 2))
                    else product.unit_cost
                end as unit_cost
            from {{ lines }}
            inner join gold_product_dim as product on {{ lines }}.product_key = product.product_key
        ),

        multiplied as (
            select
                *,
                cast(quantity * unit_price as decimal(18, 2)) as gross,
                cast(quantity * unit_discount as decimal(18, 2)) as discount,
                cast(quantity * unit_cost as decimal(18, 2)) as cost
            from costed
        ),

        netted as (
            select
                *,
                cast(gross - discount as decimal(18, 2)) as net
            from multiplied
        )

        select
            *,
            cast(direction * quantity as int) as quantity_sold,
            cast(direction * case when is_return then quantity else quantity_requested end as int)
                as quantity_wanted,
            not is_return and quantity_requested > quantity as is_inventory_constrained,
            cast(direction * discount as decimal(18, 2)) as discount_amount,
            cast(direction * net as decimal(18, 2)) as net_sales_amount,
            -- Wide enough for the greatest net with the digits of a rate.
            cast(cast(direction * net as decimal(28, 2)) * tax_rate as decimal(18, 2)) as tax_amount,
            cast(direction * (net - cost) as decimal(18, 2)) as gross_margin_amount
        from netted
    )
{%- endmacro %}
