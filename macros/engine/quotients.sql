{#
  quotient(dividend, divisor, digits): a division of amounts or counts (two decimals at most, as SQL columns)
  rounded half away from zero to so many digits, decimal(18, digits); null where the divisor is 0. DuckDB
  divides decimals as binary floats, so whole cents are divided instead.
#}
{% macro quotient(dividend, divisor, digits) -%}
    {{ return(adapter.dispatch('quotient', 'retail_medallion')(dividend, divisor, digits)) }}
{%- endmacro %}

{% macro databricks__quotient(dividend, divisor, digits) -%}
    cast(
        try_divide(cast({{ dividend }} as decimal(28, 2)), cast({{ divisor }} as decimal(20, 2)))
        as decimal(18, {{ digits }})
    )
{%- endmacro %}

{% macro duckdb__quotient(dividend, divisor, digits) -%}
    cast(
        case when {{ dividend }} < 0 and {{ divisor }} > 0 or {{ dividend }} > 0 and {{ divisor }} < 0 then -1 else 1 end
        * (
            (
                abs(cast(cast({{ dividend }} as decimal(38, 2)) * 100 as hugeint)) * {{ 2 * 10 ** digits }}
                + abs(cast(cast({{ divisor }} as decimal(38, 2)) * 100 as hugeint))
            )
            // nullif(abs(cast(cast({{ divisor }} as decimal(38, 2)) * 100 as hugeint)) * 2, 0)
        )
        as decimal(18, 0)
    )
    * cast({{ '%.*f' | format(digits, 10 ** -digits) }} as decimal({{ digits + 1 }}, {{ digits }}))
{%- endmacro %}
