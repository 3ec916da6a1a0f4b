{#
  Tests whose cost grows with history look at the days that the last load touched, or with
  `--vars '{test_scope: all}'` at everything. A built-in test asks for it by

      config: {where: __touched_days__}

  `touched_days` of the model's newest load mark is that condition. A run without news leaves it, so
  a failure stays in view until it is mended.
#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where') or '' -%}
    {%- if '__touched_days__' in where -%}
        {%- set where = where | replace('__touched_days__', last_load(relation).touched_days) -%}
    {%- endif -%}
    {%- if where -%}
        {{- return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') as dbt_subquery') -}}
    {%- endif -%}
    {{- return(relation) -}}
{%- endmacro %}


{# The rows of a model in test scope; `only_new`: of those, the ones that came after the mark before. #}
{% macro recent_rows(relation, only_new=false) -%}
    {%- set load = last_load(relation) -%}
    {%- set conditions = [load.touched_days] -%}
    {%- if only_new and load.previous_mark is not none -%}
        {%- do conditions.append('_ingested_at > ' ~ from_micros(load.previous_mark)) -%}
    {%- endif -%}
    {{- return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') as recent') -}}
{%- endmacro %}


{# What the last load of a model with something new touched: {touched_days, previous_mark}. #}
{% macro last_load(relation) -%}
    {%- set everything = {'touched_days': 'true', 'previous_mark': none} -%}
    {%- if not execute or flags.WHICH not in ('test', 'build', 'retry') or var('test_scope') == 'all' -%}
        {{- return(everything) -}}
    {%- endif -%}
    {%- set loads = run_query(
        "select touched_days, " ~ micros('previous_mark') ~ " from " ~ load_marks()
        ~ " where model_name = '" ~ relation.identifier ~ "' and touched_days <> 'false' order by mark desc limit 1"
    ).rows -%}
    {%- if not loads -%}
        {{- return(everything) -}}
    {%- endif -%}
    {{- return({'touched_days': loads[0][0], 'previous_mark': loads[0][1]}) -}}
{%- endmacro %}
