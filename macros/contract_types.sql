{#
  The values of the event contract: texts as written in files, typed. What does not fit is missing
  (null), never zero. The patterns are narrower than the engines' own casts on purpose: those take
  `2.5`, `1e3` or other scripts' digits for integers and `epoch` for an instant.
#}

{#
  Blanks around a text don't count; an empty text is missing. Only U+0020 is a blank: trim() alone
  takes away other white space on DuckDB, and is dear there, where nearly no text has any.
#}
{% macro typed_text(text) -%}
    nullif(
        case
            when {{ text }} like ' %' or {{ text }} like '% ' then trim(both ' ' from {{ text }})
            else {{ text }}
        end,
        ''
    )
{%- endmacro %}


{# A to Z in lower case; other letters stay, about which engines differ. #}
{% macro lower_case(text) -%}
    translate({{ text }}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
{%- endmacro %}


{# A sign and ASCII digits, at most 1,000,000 either way. #}
{% macro typed_integer(text) -%}
    {%- set number = 'try_cast(' ~ text ~ ' as int)' -%}
    case
        when {{ matches(text, ' *[+-]?[0-9]+ *') }} and {{ number }} between -1000000 and 1000000
            then {{ number }}
    end
{%- endmacro %}


{# A decimal number below 1,000,000,000 either way, rounded half away from zero to cents. #}
{% macro typed_amount(text) -%}
    {%- set number = 'try_cast(' ~ text ~ ' as decimal(18, 2))' -%}
    case
        when
            {{ matches(text, ' *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)? *') }}
            and abs({{ number }}) < 1000000000
            then {{ number }}
    end
{%- endmacro %}


{# `YYYY-MM-DD`, T or a blank, `HH:MM[:SS[.fraction]]`, optional Z or offset; UTC where there is none. #}
{% macro typed_timestamp(text) -%}
    {%- set local = ' *(19|[2-9][0-9])[0-9]{2}-[01][0-9]-[0-3][0-9][T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?' -%}
    {%- set offset = '[+-]([01][0-9]|2[0-3]):?[0-5][0-9]' -%}
    case
        when {{ matches(text, local ~ 'Z *') }} then {{ utc_timestamp(text) }}
        when {{ matches(text, local ~ ' *') }}
            then {{ utc_timestamp("concat(trim(both ' ' from " ~ text ~ "), 'Z')") }}
        -- An offset can lead beyond the year 9999, where clients can't follow.
        when {{ matches(text, local ~ offset ~ ' *') }} and {{ utc_date(utc_timestamp(text)) }} <= date '9999-12-31'
            then {{ utc_timestamp(text) }}
    end
{%- endmacro %}


{#
  json_text(value): a bronze text as a JSON string with its quotes, or the word null. Text that reads
  like a number of JSON is spelt without exponent and idle zeros, `12.5` for `12.50` and `1.25e1`: each
  engine has its own spelling of a number in a file, and neither knows any more what was a text there.
  As it stands is what has more than 14 digits before the point or would lose some behind it.
#}
{% macro json_text(value) -%}
    {%- set number = 'cast(try_cast(' ~ value ~ ' as decimal(38, 24)) as string)' -%}
    {#- Of 24 places behind the point, so many digits as a negative exponent leaves. -#}
    {%- set places = '([.][0-9]{1,17})?([eE](-0?[0-7]|[+]?[0-9]{1,2}))?|([.][0-9]{1,15})?[eE]-0?[89]' -%}
    {%- set plain -%}
        coalesce(
            case
                when {{ matches(value, '-?(0|[1-9][0-9]*)(' ~ places ~ ')') }}
                    then trim(trailing '.' from trim(trailing '0' from {{ number }}))
            end,
            {{ value }}
        )
    {%- endset -%}
    {{- return(json_string(plain)) -}}
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
