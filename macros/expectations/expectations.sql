{# expectations(model_name, action): those with that action, a list of {name, expression}. #}
{% macro expectations(model_name, action) -%}
    {%- set declared = declared_expectations() if graph.get('nodes') else var('expectations') -%}
    {{- return(declared.get(model_name, {}).get(action, []) | sort(attribute='name')) -}}
{%- endmacro %}

{# For on-run-start: fills the var `expectations`, because dbt shows unit tests no graph. #}
{% macro remember_expectations() -%}
    {%- do var('expectations').update(declared_expectations()) if execute -%}
{%- endmacro %}

{# declared_expectations(): a mapping model -> action -> list of {name, expression}. #}
{% macro declared_expectations() -%}
    {%- set declared = {} -%}
    {%- for node in graph.get('nodes', {}).values()
        if node.resource_type == 'test'
        and node.test_metadata is defined and node.test_metadata.name == 'expectation' -%}
        {%- set model_name, name = node.name.split('__') -%}
        {%- set arguments = node.test_metadata.kwargs -%}
        {#- No model uses that of a `fail`, which may read what the model does not. -#}
        {%- set expression = arguments.expression if arguments.action == 'fail'
            else render(arguments.expression) -%}
        {%- do declared.setdefault(model_name, {}).setdefault(arguments.action, []).append(
            {'name': name, 'expression': expression}
        ) -%}
    {%- endfor -%}
    {{- return(declared) -}}
{%- endmacro %}

{% macro meets_expectations(model_name, item=none, action='drop') -%}
    {%- set conditions = ['true'] -%}
    {%- for expectation in expectations(model_name, action) -%}
        {%- do conditions.append('coalesce(' ~ expression_on(expectation, item) ~ ', false)') -%}
    {%- endfor -%}
    {{- return('(' ~ conditions | join(' and ') ~ ')') -}}
{%- endmacro %}

{% macro failed_expectations(model_name, item=none, action='drop') -%}
    {%- set names = [] -%}
    {%- for expectation in expectations(model_name, action) -%}
        {%- do names.append('case when not coalesce(' ~ expression_on(expectation, item)
            ~ ", false) then '" ~ expectation.name ~ "' end") -%}
    {%- endfor -%}
    {%- set all_names = dbt.array_construct(names, api.Column.translate_type('string')) -%}
    {{- return(filter_items(all_names, 'name', 'name is not null')) -}}
{%- endmacro %}

{# expression_on(expectation, item): its expression; of a struct `item`, with the columns there. #}
{% macro expression_on(expectation, item=none) -%}
    {%- if item is none -%}
        {{- return(expectation.expression) -}}
    {%- endif -%}
    {%- set names = var('line_item_fields') | map(attribute='column') | join('|') -%}
    {{- return(modules.re.sub('\\b(' ~ names ~ ')\\b', item ~ '.\\1', expectation.expression)) -}}
{%- endmacro %}

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

{% macro repeated_ids(rows, id) -%}
    (select {{ id }} as id from {{ rows }} group by {{ id }} having count(*) > 1)
{%- endmacro %}
