{# Fails for each combination of the columns that occurs more than once. #}
{% test unique_combination_of_columns(model, combination_of_columns, quote_columns=false) %}
    {{ return(adapter.dispatch('test_unique_combination_of_columns', 'dbt_utils')(
        model, combination_of_columns, quote_columns
    )) }}
{% endtest %}

{% macro default__test_unique_combination_of_columns(model, combination_of_columns, quote_columns=false) %}
    {%- set columns = [] -%}
    {%- for column in combination_of_columns -%}
        {%- do columns.append(adapter.quote(column) if quote_columns else column) -%}
    {%- endfor %}
    select {{ columns | join(', ') }}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endmacro %}

{# Fails for each row where the expression is false; null passes. On a column, the expression
   continues the column's name: `expression: ">= 0"`. #}
{% test expression_is_true(model, expression, column_name=none) %}
    {{ return(adapter.dispatch('test_expression_is_true', 'dbt_utils')(model, expression, column_name)) }}
{% endtest %}

{% macro default__test_expression_is_true(model, expression, column_name=none) %}
    select {{ '*' if should_store_failures() else '1' }}
    from {{ model }}
    where not({{ column_name if column_name is not none }} {{ expression }})
{% endmacro %}

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
