{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where') or '' -%}
    {%- if '__touched__' in where -%}
        {%- set where = where | replace('__touched__', touched(relation)) -%}
    {%- endif -%}
    {%- set rows = '(select * from ' ~ relation ~ ' where ' ~ where ~ ') as dbt_subquery' -%}
    {{- return(rows if where else relation) -}}
{%- endmacro %}

{% macro touched(relation) -%}
    {%- set tested = var('run_state').tested.get(model.name)
        if execute and flags.WHICH in ('test', 'build', 'retry') and var('test_scope') != 'all'
        else none -%}
    {%- if tested is none -%}
        {{- return('true') -}}
    {%- endif -%}
    {%- set is_changed = '_changed_at > ' ~ from_micros(tested) -%}
    {%- for registry in var('streams').values()
        if relation.identifier in (registry.deliveries, registry.lines, registry.silver) -%}
        {%- if newest_load(registry.deliveries) <= tested -%}
            {{- return('false') -}}
        {%- endif -%}
        {{- return(
            '(_load > ' ~ from_micros(tested) ~ ' or ' ~ is_changed ~ ')'
            if relation.identifier == registry.deliveries else is_changed
        ) -}}
    {%- endfor -%}

    {%- set loads = var('run_state').loads.get(relation.identifier) -%}
    {%- if loads is none -%}
        {{- return('true') -}}
    {%- endif -%}
    {%- set conditions = loads | selectattr('load', 'gt', tested) | map(attribute='touched')
        | unique | reject('equalto', 'false') | list -%}
    {%- if 'true' in conditions or conditions | length > 20 -%}
        {{- return('true') -}}
    {%- endif -%}
    {{- return('(' ~ conditions | join(' or ') ~ ')' if conditions else 'false') -}}
{%- endmacro %}
