{# Fails for each value outside the range; null passes. Either bound may be left out; both are SQL
   expressions and belong to the range unless `inclusive` is false. #}
{% test accepted_range(model, column_name, min_value=none, max_value=none, inclusive=true) %}
    {{ return(adapter.dispatch('test_accepted_range', 'dbt_utils')(
        model, column_name, min_value, max_value, inclusive
    )) }}
{% endtest %}

{% macro default__test_accepted_range(model, column_name, min_value=none, max_value=none, inclusive=true) %}
    {%- set or_equal = '=' if inclusive else '' -%}
    {%- set rules = [] -%}
    {%- if min_value is not none %}{% do rules.append(column_name ~ ' >' ~ or_equal ~ ' ' ~ min_value) %}{% endif -%}
    {%- if max_value is not none %}{% do rules.append(column_name ~ ' <' ~ or_equal ~ ' ' ~ max_value) %}{% endif %}
    select *
    from {{ model }}
    where {% for rule in rules %}not ({{ rule }}){{ ' or ' if not loop.last }}{% else %}false{% endfor %}
{% endmacro %}
