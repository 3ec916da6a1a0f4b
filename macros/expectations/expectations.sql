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
    fail   the model's own query stops by stop_if, naming up to 5 ids: nothing is written.
  `unique_key` instead of `expression` expects that no two rows share it.
#}

{# The expectations of a model with that action, as a list of {name, expression}. #}
{% macro expectations(model_name, action) -%}
    {%- set declared = declared_expectations() if graph.get('nodes') else var('expectations') -%}
    {{- return(declared.get(model_name, {}).get(action, []) | sort(attribute='name')) -}}
{%- endmacro %}


{# For on-run-start: fills the var `expectations`, because dbt shows unit tests no graph. Renders to nothing. #}
{% macro remember_expectations() -%}
    {%- if execute -%}
        {%- do var('expectations').update(declared_expectations()) -%}
    {%- endif -%}
{%- endmacro %}


{# What the project declares, as a mapping model -> action -> list of {name, expression}. #}
{% macro declared_expectations() -%}
    {%- set declared = {} -%}
    {%- for node in graph.get('nodes', {}).values()
        if node.resource_type == 'test'
        and node.test_metadata is defined and node.test_metadata.name == 'expectation' -%}
        {%- set model_name, name = node.name.split('__') -%}
        {%- set arguments = node.test_metadata.kwargs -%}
        {%- do declared.setdefault(model_name, {}).setdefault(arguments.action, []).append({
            'name': name,
            'expression': arguments.expression,
        }) -%}
    {%- endfor -%}
    {{- return(declared) -}}
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


{#
  stop_if(expectation, breaking): the condition, true for every row, by which a model enforces a `fail`
  expectation: when the CTE `breaking` has rows, the query stops with a message that names up to 5 of
  their ids, and nothing is written.
#}
{% macro stop_if(expectation, breaking) -%}
    coalesce((
        select {{ raise_error("concat('" ~ expectation ~ " fails for ', ids)") }}
        from (
            select {{ listagg_text('id') }} as ids
            from (select id from {{ breaking }} order by id limit 5) as named
        ) as message
        where ids is not null
    ), true)
{%- endmacro %}


{#
  repeated_ids(versions, id): for a FROM clause: the ids that this model reads now and that more than one
  version in an event-level model claims to be current for, as `id`.
#}
{% macro repeated_ids(versions, id) -%}
    (
        select {{ id }} as id
        from {{ versions }}
        where is_current and {{ since_mark(versions, '_changed_at') }}
        group by {{ id }}
        having count(*) > 1
    )
{%- endmacro %}


{% test expectation(model, action, expression=none, unique_key=none) %}
    {{ config(severity='warn' if action == 'warn' else 'error') }}
    {%- if unique_key %}
    select {{ unique_key }} from {{ recent_rows(model) }} group by {{ unique_key }} having count(*) > 1
    {%- else %}
    select * from {{ recent_rows(model, only_new=(action == 'warn')) }}
    where not coalesce({{ expression }}, false)
    {%- endif %}
{% endtest %}
