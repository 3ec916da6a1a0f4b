{#
  The values of the event contract: texts as written in files, typed. What does not fit is missing
  (null), never zero. The patterns are narrower than the engines' own casts on purpose: those take
  `2.5`, `1e3` or other scripts' digits for integers and `epoch` for an instant.
#}

{# Blanks around a text don't count; an empty text is missing. #}
{% macro typed_text(text) -%}
    nullif(trim({{ text }}), '')
{%- endmacro %}


{# A sign and ASCII digits, at most 1,000,000 either way. #}
{% macro typed_integer(text) -%}
    {%- set number = 'try_cast(trim(' ~ text ~ ') as int)' -%}
    case
        when {{ matches('trim(' ~ text ~ ')', '[+-]?[0-9]+') }} and {{ number }} between -1000000 and 1000000
            then {{ number }}
    end
{%- endmacro %}


{# A decimal number below 1,000,000,000 either way, rounded half away from zero to cents. #}
{% macro typed_amount(text) -%}
    {%- set number = 'try_cast(trim(' ~ text ~ ') as decimal(18, 2))' -%}
    case
        when
            {{ matches('trim(' ~ text ~ ')', '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?') }}
            and abs({{ number }}) < 1000000000
            then {{ number }}
    end
{%- endmacro %}


{# `YYYY-MM-DD`, T or a blank, `HH:MM[:SS[.fraction]]`, optional Z or offset; UTC where there is none. #}
{% macro typed_timestamp(text) -%}
    {%- set local = '(19|[2-9][0-9])[0-9]{2}-[01][0-9]-[0-3][0-9][T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?' -%}
    {%- set offset = 'Z|[+-][0-9]{2}:?[0-9]{2}' -%}
    {%- set trimmed = 'trim(' ~ text ~ ')' -%}
    case
        when {{ matches(trimmed, local ~ 'Z') }} then {{ utc_timestamp(trimmed) }}
        when {{ matches(trimmed, local) }} then {{ utc_timestamp("concat(" ~ trimmed ~ ", 'Z')") }}
        when {{ matches(trimmed, local ~ '(' ~ offset ~ ')') }} then {{ utc_timestamp(trimmed) }}
    end
{%- endmacro %}


{# The UTC day of an instant as a key of gold_date_dim, -1 outside its range; null for no instant. #}
{% macro date_key(instant) -%}
    case
        when {{ instant }} is null then cast(null as int)
        when {{ utc_date(instant) }} between date '{{ var("date_dim_start") }}' and date '{{ var("date_dim_end") }}'
            then cast(
                year({{ utc_date(instant) }}) * 10000 + month({{ utc_date(instant) }}) * 100 + day({{ utc_date(instant) }})
                as int
            )
        else -1
    end
{%- endmacro %}


{# The quarter hour of an instant (UTC, floored) as a key of gold_time_dim. #}
{% macro time_key(instant) -%}
    cast(
        floor({{ minute_of_day(instant) }} / 60) * 100
        + floor({{ minute_of_day(instant) }} % 60 / 15) * 15
        as int
    )
{%- endmacro %}
