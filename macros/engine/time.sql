{#
  utc_timestamp(text): a text of the contract's form that ends in Z or an offset (blanks around it
  don't matter) as a timestamp in UTC; null where there is no such day.
#}
{% macro utc_timestamp(text) -%}
    {{ return(adapter.dispatch('utc_timestamp', 'retail_medallion')(text)) }}
{%- endmacro %}

{# Databricks' own cast takes no time without seconds and no offset beyond 18 hours. #}
{% macro databricks__utc_timestamp(text) -%}
    {%- set part, form = [],
        "r'^ *([^ ]{10}.[0-9:]{5})(:[0-9.]+)?(Z|[+-])([0-9]{2})?:?([0-9]{2})? *$'" -%}
    {%- for number in range(6) -%}
        {%- do part.append('regexp_extract(' ~ text ~ ', ' ~ form ~ ', ' ~ number ~ ')') -%}
    {%- endfor -%}
    case
        when {{ text }} rlike r':[0-9]{2}:[0-9.]+Z *$' then try_cast({{ text }} as timestamp)
        else timestamp_micros(
            unix_micros(try_cast(
                concat({{ part[1] }}, coalesce(nullif({{ part[2] }}, ''), ':00'), 'Z') as timestamp
            ))
            - case {{ part[3] }} when '+' then 60000000 when '-' then -60000000 else 0 end
            * coalesce(
                try_cast({{ part[4] }} as bigint) * 60 + try_cast({{ part[5] }} as bigint), 0
            )
        )
    end
{%- endmacro %}

{% macro duckdb__utc_timestamp(text) -%}
    try_cast({{ text }} as timestamptz) at time zone 'UTC'
{%- endmacro %}

{# micros(instant): microseconds since 1970-01-01 UTC; from_micros is its inverse. #}
{% macro micros(instant) -%}
    {{ return(adapter.dispatch('micros', 'retail_medallion')(instant)) }}
{%- endmacro %}

{% macro databricks__micros(instant) -%}
    unix_micros({{ instant }})
{%- endmacro %}

{% macro duckdb__micros(instant) -%}
    epoch_us({{ instant }})
{%- endmacro %}

{% macro from_micros(number) -%}
    {{ return(adapter.dispatch('from_micros', 'retail_medallion')(number)) }}
{%- endmacro %}

{% macro databricks__from_micros(number) -%}
    timestamp_micros({{ number }})
{%- endmacro %}

{% macro duckdb__from_micros(number) -%}
    make_timestamp({{ number }})
{%- endmacro %}

{# later(instant, days, minutes): so many days of 24 hours and minutes later, to the microsecond. #}
{% macro later(instant, days=0, minutes=0) -%}
    {{- from_micros(
        micros(instant) ~ ' + ' ~ days ~ ' * 86400000000 + ' ~ minutes ~ ' * 60000000'
    ) -}}
{%- endmacro %}

{# local_timestamp(instant, zone): what a clock in that time zone (SQL for its name) shows then. #}
{% macro local_timestamp(instant, zone) -%}
    {{ return(adapter.dispatch('local_timestamp', 'retail_medallion')(instant, zone)) }}
{%- endmacro %}

{% macro databricks__local_timestamp(instant, zone) -%}
    from_utc_timestamp({{ instant }}, {{ zone }})
{%- endmacro %}

{% macro duckdb__local_timestamp(instant, zone) -%}
    timezone({{ zone }}, {{ instant }} at time zone 'UTC')
{%- endmacro %}

{# utc_date(instant): its day in UTC, whatever the session's time zone. #}
{% macro utc_date(instant) -%}
    {{ return(adapter.dispatch('utc_date', 'retail_medallion')(instant)) }}
{%- endmacro %}

{% macro databricks__utc_date(instant) -%}
    {%- set micros = 'unix_micros(' ~ instant ~ ')' -%}
    date_from_unix_date(
        cast(({{ micros }} - pmod({{ micros }}, 86400000000)) div 86400000000 as int)
    )
{%- endmacro %}

{% macro duckdb__utc_date(instant) -%}
    cast({{ instant }} as date)
{%- endmacro %}

{# day_number(instant): days from 1970-01-01 to the instant's day in UTC, as int. #}
{% macro day_number(instant) -%}
    {{- days_between("date '1970-01-01'", utc_date(instant)) -}}
{%- endmacro %}

{# utc_text(instant): an instant as `2026-01-05T10:00:00.000000Z`, whatever the session's zone. #}
{% macro utc_text(instant) -%}
    {{ return(adapter.dispatch('utc_text', 'retail_medallion')(instant)) }}
{%- endmacro %}

{% macro databricks__utc_text(instant) -%}
    {%- set micros_of_day = 'pmod(unix_micros(' ~ instant ~ '), 86400000000)' -%}
    concat(
        cast({{ databricks__utc_date(instant) }} as string),
        'T', lpad(cast({{ micros_of_day }} div 3600000000 as string), 2, '0'),
        ':', lpad(cast({{ micros_of_day }} div 60000000 % 60 as string), 2, '0'),
        ':', lpad(cast({{ micros_of_day }} div 1000000 % 60 as string), 2, '0'),
        '.', lpad(cast({{ micros_of_day }} % 1000000 as string), 6, '0'),
        'Z'
    )
{%- endmacro %}

{% macro duckdb__utc_text(instant) -%}
    strftime({{ instant }}, '%Y-%m-%dT%H:%M:%S.%fZ')
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
