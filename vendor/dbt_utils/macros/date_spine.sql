{# One row for each `datepart` from start_date up to, not including, end_date, in the column
   `date_<datepart>`. Both dates are SQL expressions. #}
{% macro date_spine(datepart, start_date, end_date) %}
    {{ return(adapter.dispatch('date_spine', 'dbt_utils')(datepart, start_date, end_date)) }}
{% endmacro %}

{% macro default__date_spine(datepart, start_date, end_date) %}
    {%- set periods = dbt_utils.get_intervals_between(start_date, end_date, datepart) %}
    select {{ dbt.dateadd(datepart, 'generated_number - 1', start_date) }} as date_{{ datepart }}
    from ({{ dbt_utils.generate_series(periods) }}) as numbers
{% endmacro %}

{# How many `datepart` boundaries lie between two SQL dates: asked of the engine. #}
{% macro get_intervals_between(start_date, end_date, datepart) %}
    {{ return(adapter.dispatch('get_intervals_between', 'dbt_utils')(start_date, end_date, datepart)) }}
{% endmacro %}

{% macro default__get_intervals_between(start_date, end_date, datepart) %}
    {%- if not execute %}{{ return(1) }}{% endif -%}
    {%- set answer = run_query('select ' ~ dbt.datediff(start_date, end_date, datepart)) -%}
    {{ return(answer.rows[0][0] | int) }}
{% endmacro %}

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
