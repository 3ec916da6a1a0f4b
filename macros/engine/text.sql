{# matches(text, pattern): whether the whole text fits a regular expression of both engines. #}
{% macro matches(text, pattern) -%}
    {{ return(adapter.dispatch('matches', 'retail_medallion')(text, pattern)) }}
{%- endmacro %}

{% macro databricks__matches(text, pattern) -%}
    {{ text }} rlike r'\A(?:{{ pattern }})\z'
{%- endmacro %}

{% macro duckdb__matches(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}

{#
  url_parameter(url, name): the first parameter of that name in the query of a URL, decoded; as it
  stands where an escape is malformed or is no UTF-8; empty or null where there is none.
#}
{% macro url_parameter(url, name) -%}
    {{ return(adapter.dispatch('url_parameter', 'retail_medallion')(
        url, '^[^?#]*[?](?:[^#]*?&)??' ~ name ~ '=([^&#]*)', '(?:[^%]|%[0-9A-Fa-f]{2})*'
    )) }}
{%- endmacro %}

{#
  Databricks takes `%+1` for an escape, and U+FFFD for bytes that are no UTF-8: those show once each
  U+FFFD that is meant is out of the way.
#}
{% macro databricks__url_parameter(url, pattern, well_escaped) -%}
    {%- set raw = 'regexp_extract(' ~ url ~ ", r'" ~ pattern ~ "', 1)" -%}
    case
        when
            {{ matches(raw, well_escaped) }}
            and not try_url_decode(
                regexp_replace({{ raw }}, r'(?i)%EF%BF%BD|\x{FFFD}', '-')
            ) rlike r'\x{FFFD}'
            then try_url_decode({{ raw }})
        else {{ raw }}
    end
{%- endmacro %}

{# DuckDB leaves `+` and malformed escapes as they are, and fails on bytes that are no UTF-8. #}
{% macro duckdb__url_parameter(url, pattern, well_escaped) -%}
    {%- set raw = 'regexp_extract(' ~ url ~ ", '" ~ pattern ~ "', 1)" -%}
    case
        when {{ matches(raw, well_escaped) }}
            then coalesce(try(url_decode(replace({{ raw }}, '+', ' '))), {{ raw }})
        else {{ raw }}
    end
{%- endmacro %}

{# names(texts): a literal array of texts. #}
{% macro names(texts) -%}
    {{- dbt.array_construct(["'" ~ texts | join("', '") ~ "'"]) | trim -}}
{%- endmacro %}

{# listagg_text(column): the texts of a group in order, joined by `, `; null for an empty group. #}
{% macro listagg_text(column) -%}
    {{ return(adapter.dispatch('listagg_text', 'retail_medallion')(column)) }}
{%- endmacro %}

{% macro databricks__listagg_text(column) -%}
    nullif(array_join(array_sort(collect_list({{ column }})), ', '), '')
{%- endmacro %}

{% macro duckdb__listagg_text(column) -%}
    string_agg({{ column }}, ', ' order by {{ column }})
{%- endmacro %}

{# text_literal(text): a text as a literal. #}
{% macro text_literal(text) -%}
    {{ return(adapter.dispatch('text_literal', 'retail_medallion')(text | string)) }}
{%- endmacro %}

{% macro databricks__text_literal(text) -%}
    '{{ text | replace('\\', '\\\\') | replace("'", "\\'") }}'
{%- endmacro %}

{% macro duckdb__text_literal(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}

{# text_array_type(): the type of an array of texts. #}
{% macro text_array_type() -%}
    {{ return(adapter.dispatch('text_array_type', 'retail_medallion')()) }}
{%- endmacro %}

{% macro databricks__text_array_type() -%}
    array<string>
{%- endmacro %}

{% macro duckdb__text_array_type() -%}
    varchar[]
{%- endmacro %}
