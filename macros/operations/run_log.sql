{# on-run-end: the statement that notes what became of each node, a row each, in ops_run_log. #}
{% macro log_run(results) -%}
    {%- set log = log_table('ops_run_log') if results else none -%}
    {%- if log is not none -%}
        {%- set counted = counts_of_new_rows(results) -%}
        {%- set noted = [] -%}
        {%- for result in results -%}
            {%- do noted.append(noted_result(result)) -%}
        {%- endfor %}
        insert into {{ log }} (
            run_id, run_started_at, command, target_name, node_id, node_name, resource_type, status,
            rows_affected, seconds, started_at, message
        )
        select
            '{{ invocation_id }}',
            {{ noted_at(run_started_at) }},
            '{{ flags.WHICH }}',
            {{ text_literal(target.name) }},
            noted.node_id,
            noted.node_name,
            noted.resource_type,
            noted.status,
            {{ 'coalesce(noted.row_count, counted.row_count)' if counted else 'noted.row_count' }},
            noted.seconds,
            noted.started_at,
            noted.message
        from (
            values
            {{ noted | join(',\n            ') }}
        ) as noted (node_id, node_name, resource_type, status, row_count, seconds, started_at, message)
        {%- if counted %}
        left join (
            {{ counted | join('\n            union all\n            ') }}
        ) as counted on noted.node_id = counted.node_id
        {%- endif %}
    {%- endif -%}
{%- endmacro %}


{# What dbt says of a node, as a row of literals. #}
{% macro noted_result(result) -%}
    {%- set row_count = result.failures if result.failures is not none else (result.adapter_response or {}).get('rows_affected') -%}
    {%- set is_wrong = result.status | string not in ('success', 'pass', 'skipped') -%}
    {%- set started = result.timing | map(attribute='started_at') | select | list -%}
    {{- return('(' ~ [
        text_literal(result.node.unique_id),
        text_literal(result.node.name),
        text_literal(result.node.resource_type),
        text_literal(result.status),
        'cast(' ~ (row_count if row_count is not none else 'null') ~ ' as bigint)',
        'cast(' ~ '%.3f' | format(result.execution_time) ~ ' as decimal(18, 3))',
        noted_at(started | min if started else none),
        text_literal((result.message | string)[:1000]) if is_wrong and result.message else 'cast(null as string)',
    ] | join(', ') ~ ')') -}}
{%- endmacro %}


{#
  Queries of the rows that this run brought to the models it built: of tables that are made anew, all;
  of the others those that were taken in by it.
#}
{% macro counts_of_new_rows(results) -%}
    {%- set queries = [] -%}
    {%- for result in results if result.status == 'success' and result.node.resource_type == 'model' -%}
        {%- set condition = {
            'table': 'true', 'incremental': is_of_this_run(), 'streaming_table': is_of_this_run()
        }.get(result.node.config.materialized) -%}
        {%- if result.node.config.materialized == 'incremental' and '_ingested_at' not in result.node.columns -%}
            {%- set condition = none -%}
        {%- endif -%}
        {%- if condition -%}
            {%- do queries.append(
                "select '" ~ result.node.unique_id ~ "' as node_id, count(*) as row_count from "
                ~ relation_of(result.node) ~ ' where ' ~ condition
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(queries) -}}
{%- endmacro %}


{# The condition on rows with _ingested_at that this run took them in. #}
{% macro is_of_this_run() -%}
    {{- return('_ingested_at >= ' ~ noted_at(run_started_at)) -}}
{%- endmacro %}


{# The relation of a node of `graph` or of `results`. #}
{% macro relation_of(node) -%}
    {{- return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -}}
{%- endmacro %}


{#
  The relation of a model by its name, for hooks, operations and tests, where a ref would be none of a
  node's; a stand-in while the project is parsed.
#}
{% macro relation_named(name) -%}
    {%- if not execute -%}
        {{- return(api.Relation.create(identifier=name)) -}}
    {%- endif -%}
    {{- return(relation_of(graph.nodes['model.' ~ project_name ~ '.' ~ name])) -}}
{%- endmacro %}
