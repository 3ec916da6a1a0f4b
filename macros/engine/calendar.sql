{# day_of_week(day): 1 for Monday to 7 for Sunday, as int. #}
{% macro day_of_week(day) -%}
    {{ return(adapter.dispatch('day_of_week', 'retail_medallion')(day)) }}
{%- endmacro %}

{% macro databricks__day_of_week(day) -%}
    weekday({{ day }}) + 1
{%- endmacro %}

{% macro duckdb__day_of_week(day) -%}
    cast(isodow({{ day }}) as int)
{%- endmacro %}


{# date_literal(day, days_later): `YYYY-MM-DD`, or the day that many days later, as a SQL date. #}
{% macro date_literal(day, days_later=0) -%}
    {%- set start = modules.datetime.date.fromisoformat(day) -%}
    date '{{ start + modules.datetime.timedelta(days=days_later) }}'
{%- endmacro %}


{#
  What dbt_utils.date_spine asks of the engine, answered without it where both ends are date literals:
  so the project compiles for a warehouse that it is not connected to.
#}
{% macro default__get_intervals_between(start_date, end_date, datepart) -%}
    {%- set ends = modules.re.findall("^date '([0-9-]{10})'$", start_date)
        + modules.re.findall("^date '([0-9-]{10})'$", end_date) -%}
    {%- if ends | length != 2 or datepart != 'day' -%}
        {{ return(dbt_utils.default__get_intervals_between(start_date, end_date, datepart)) }}
    {%- endif -%}
    {%- set first = modules.datetime.date.fromisoformat(ends[0]) -%}
    {{ return((modules.datetime.date.fromisoformat(ends[1]) - first).days) }}
{%- endmacro %}


{# dbt's dateadd, but for the question whether the warehouse knows timestampadd (all of them do). #}
{% macro databricks__dateadd(datepart, interval, from_date_or_timestamp) -%}
    timestampadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
{%- endmacro %}


{# days_between(first_day, last_day): days from one SQL date to another, as int. #}
{% macro days_between(first_day, last_day) -%}
    {{ return(adapter.dispatch('days_between', 'retail_medallion')(first_day, last_day)) }}
{%- endmacro %}

{% macro databricks__days_between(first_day, last_day) -%}
    datediff({{ last_day }}, {{ first_day }})
{%- endmacro %}

{% macro duckdb__days_between(first_day, last_day) -%}
    cast({{ last_day }} - {{ first_day }} as int)
{%- endmacro %}
