{#
  The values of the event contract: texts as written in files, typed. What does not fit is missing
  (null), never zero. The patterns are narrower than the engines' own casts on purpose: those take
  `2.5`, `1e3` or other scripts' digits for integers and `epoch` for an instant.
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

{% macro typed_word(text) -%}
    translate({{ typed_text(text) }}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
{%- endmacro %}

{% macro typed_integer(text) -%}
    {%- set number = 'try_cast(' ~ text ~ ' as int)' -%}
    case
        when {{ matches(text, ' *[+-]?[0-9]+ *') }} and {{ number }} between -1000000 and 1000000
            then {{ number }}
    end
{%- endmacro %}

{% macro typed_amount(text, digits=2) -%}
    {%- set number = 'try_cast(' ~ text ~ ' as decimal(18, ' ~ digits ~ '))' -%}
    case
        when
            {{ matches(text, ' *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)? *') }}
            and (
                abs({{ number }}) < 1000000000
                -- What rounding has brought to the limit was below it.
                or abs({{ number }}) = 1000000000
                and abs(try_cast({{ text }} as double)) < 1000000000
            )
            then {{ number }}
    end
{%- endmacro %}

{% macro typed_timestamp(text) -%}
    {%- set local = ' *(19|[2-9][0-9])[0-9]{2}-[01][0-9]-[0-3][0-9][T ]'
        ~ '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?' -%}
    {%- set offset = '[+-]([01][0-9]|2[0-3]):?[0-5][0-9]' -%}
    case
        when {{ matches(text, local ~ 'Z *') }} then {{ utc_timestamp(text) }}
        when {{ matches(text, local ~ ' *') }}
            then {{ utc_timestamp("concat(trim(both ' ' from " ~ text ~ "), 'Z')") }}
        -- An offset can lead beyond the year 9999, where clients can't follow.
        when
            {{ matches(text, local ~ offset ~ ' *') }}
            and {{ utc_date(utc_timestamp(text)) }} <= date '9999-12-31'
            then {{ utc_timestamp(text) }}
    end
{%- endmacro %}

{#
  json_text(value): a bronze text as a JSON string with its quotes, or the word null. What reads
  like a number of JSON is spelt without exponent and idle zeros, since each engine has its own
  spelling; not where it has more than 14 digits before the point or would lose some behind it.
#}
{% macro json_text(value) -%}
    {%- set number = 'cast(try_cast(' ~ value ~ ' as decimal(38, 24)) as string)' -%}
    {#- Of 24 places behind the point, so many digits as a negative exponent leaves. -#}
    {%- set places = '([.][0-9]{1,17})?([eE](-0?[0-7]|[+]?[0-9]{1,2}))?'
        ~ '|([.][0-9]{1,15})?[eE]-0?[89]' -%}
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

{% macro date_key(day) -%}
    case
        when {{ day }} is null then cast(null as int)
        when
            {{ day }} between date '{{ var("date_dim_start") }}'
            and date '{{ var("date_dim_end") }}'
            then cast(year({{ day }}) * 10000 + month({{ day }}) * 100 + day({{ day }}) as int)
        else -1
    end
{%- endmacro %}

{% macro time_key(instant) -%}
    {%- set day = 86400000000 -%}
    {%- set minute = 'floor((' ~ micros(instant) ~ ' % ' ~ day ~ ' + ' ~ day ~ ') % ' ~ day
        ~ ' / 60000000)' -%}
    cast(floor({{ minute }} / 60) * 100 + floor({{ minute }} % 60 / 15) * 15 as int)
{%- endmacro %}
