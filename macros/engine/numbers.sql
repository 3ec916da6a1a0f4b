{#
  quotient(dividend, divisor, digits): a division of amounts or counts (two decimals at most, as
  SQL columns) rounded half away from zero to so many digits, decimal(18, digits); null where the
  divisor is 0. DuckDB divides decimals as binary floats, so whole cents are divided instead.
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
    {%- set cents = 'abs(cast(cast(%s as decimal(38, 2)) * 100 as hugeint))' -%}
    cast(
        case
            when
                {{ dividend }} < 0 and {{ divisor }} > 0
                or {{ dividend }} > 0 and {{ divisor }} < 0
                then -1
            else 1
        end
        * (
            (
                {{ cents | format(dividend) }} * {{ 2 * 10 ** digits }}
                + {{ cents | format(divisor) }}
            )
            // nullif({{ cents | format(divisor) }} * 2, 0)
        )
        as decimal(18, 0)
    )
    * cast({{ '%.*f' | format(digits, 10 ** -digits) }} as decimal({{ digits + 1 }}, {{ digits }}))
{%- endmacro %}
{#
  grouped_digits(number, decimals): a number as text with commas between thousands and so many
  decimals, `1,234,567.80`; null of null. Below 90 trillion, to the cent on both engines.
#}
{% macro grouped_digits(number, decimals=0) -%}
    {{ return(adapter.dispatch('grouped_digits', 'retail_medallion')(number, decimals)) }}
{%- endmacro %}

{% macro databricks__grouped_digits(number, decimals) -%}
    format_number({{ number }}, {{ decimals }})
{%- endmacro %}

{% macro duckdb__grouped_digits(number, decimals) -%}
    format('{:,.{{ decimals }}f}', cast({{ number }} as double))
{%- endmacro %}
