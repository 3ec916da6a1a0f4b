{#
  Expectations are declared once, as generic tests in YAML:

      data_tests:
        - expectation:
            name: silver_pos_events__has_items
            arguments: {expression: line_item_count > 0, action: drop}

  The name is `<model>__<expectation>`. The expression is about one row of the model's typed,
  unfiltered step; a row meets it only when it is true (null is not). Actions:
    drop   the model leaves the row out, silver_quarantined_events takes it;
    warn   the row stays, dbt warns with the number of such rows in the last load;
    fail   the model's own query stops, naming up to 5 rows: nothing is written.
  `unique_key` instead of `expression` expects that no two rows share it.
#}

{# The expectations of a model with that action, as a list of {name, expression, unique_key}. #}
{% macro expectations(model_name, action) -%}
    {%- set found = [] -%}
    {%- for node in graph.get('nodes', {}).values()
        if node.resource_type == 'test'
        and node.test_metadata is defined and node.test_metadata.name == 'expectation'
        and node.test_metadata.kwargs.action == action
        and node.name.startswith(model_name ~ '__') -%}
        {%- do found.append({
            'name': node.name.split('__')[-1],
            'expression': node.test_metadata.kwargs.get('expression'),
            'unique_key': node.test_metadata.kwargs.get('unique_key'),
        }) -%}
    {%- endfor -%}
    {{- return(found | sort(attribute='name')) -}}
{%- endmacro %}


{# The condition on a typed row that it meets every `drop` expectation of the model. #}
{% macro meets_expectations(model_name) -%}
    {%- set conditions = ['true'] -%}
    {%- for expectation in expectations(model_name, 'drop') -%}
        {%- do conditions.append('coalesce(' ~ expectation.expression ~ ', false)') -%}
    {%- endfor -%}
    {{- return('(' ~ conditions | join(' and ') ~ ')') -}}
{%- endmacro %}


{# The names of the `drop` expectations that a typed row breaks, as an array of texts. #}
{% macro failed_expectations(model_name) -%}
    {%- set conditions = {} -%}
    {%- for expectation in expectations(model_name, 'drop') -%}
        {%- do conditions.update({expectation.name: 'not coalesce(' ~ expectation.expression ~ ', false)'}) -%}
    {%- endfor -%}
    {{- return(names_where(conditions)) -}}
{%- endmacro %}


{# The rows of a relation that break an expectation. #}
{% macro breaking_rows(relation, expression, unique_key) -%}
    {%- if unique_key -%}
        select {{ unique_key }} from {{ relation }} group by {{ unique_key }} having count(*) > 1
    {%- else -%}
        select * from {{ relation }} where not coalesce({{ expression }}, false)
    {%- endif -%}
{%- endmacro %}


{#
  A condition that holds for every row of the CTE `rows` while the model's `fail` expectations do, and
  otherwise stops the query with a message that names up to 5 rows by their `id`.
#}
{% macro stop_unless_expected(model_name, rows, id) -%}
    {%- set conditions = ['true'] -%}
    {%- for expectation in expectations(model_name, 'fail') -%}
        {%- set condition -%}
            coalesce((
                select {{ raise_error("concat('" ~ model_name ~ ": " ~ expectation.name ~ " fails for ', ids)") }}
                from (
                    select {{ listagg_text(id) }} as ids
                    from (select {{ id }} from ({{ breaking_rows(rows, expectation.expression, expectation.unique_key) }}) as breaking limit 5) as named
                ) as message
                where ids is not null
            ), true)
        {%- endset -%}
        {%- do conditions.append(condition) -%}
    {%- endfor -%}
    {{- return('(' ~ conditions | join(' and ') ~ ')') -}}
{%- endmacro %}


{% test expectation(model, action, expression=none, unique_key=none) %}
    {{ config(severity='warn' if action == 'warn' else 'error') }}
    {{ breaking_rows(recent_rows(model, only_new=(action == 'warn')), expression, unique_key) }}
{% endtest %}
