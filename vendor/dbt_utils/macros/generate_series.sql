{# The whole numbers from 1 to upper_bound in the column `generated_number`, in no order. #}
{% macro generate_series(upper_bound) %}
    {{ return(adapter.dispatch('generate_series', 'dbt_utils')(upper_bound)) }}
{% endmacro %}

{% macro default__generate_series(upper_bound) %}
    {%- if upper_bound <= 0 -%}
        {{ exceptions.raise_compiler_error('generate_series: upper_bound must be positive, not ' ~ upper_bound) }}
    {%- endif -%}
    {#- One copy of the ten digits for each decimal place of the largest offset. -#}
    {%- set places = (upper_bound - 1) | string | length %}
    with digits as (
        {%- for digit in range(10) %}
        select {{ digit }} as digit{{ ' union all' if not loop.last }}
        {%- endfor %}
    ),
    numbers as (
        select 1{% for place in range(places) %} + {{ 10 ** place }} * d{{ place }}.digit{% endfor %} as generated_number
        from digits as d0
        {%- for place in range(1, places) %}
        cross join digits as d{{ place }}
        {%- endfor %}
    )
    select generated_number
    from numbers
    where generated_number <= {{ upper_bound }}
{% endmacro %}
