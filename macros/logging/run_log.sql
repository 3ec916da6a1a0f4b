{# on-run-end: the statement that notes what became of each node, a row each, in ops_run_log. #}
{% macro log_run(results) -%}
    {%- set log = log_table('ops_run_log') if results else none -%}
    {%- if log is not none -%}
        {#- How many rows this run brought: to a table all, to deliveries those of their load, to
            the others those whose lines were taken in by this run. -#}
        {%- set counted = [] -%}
        {%- for result in results
            if result.status == 'success' and result.node.resource_type == 'model' -%}
            {%- set node, kind = result.node, result.node.config.materialized -%}
            {%- set plan = plan_of(node) or {} -%}
            {%- set is_loaded = kind in ('incremental', 'streaming_table') -%}
            {%- set condition = 'true' if kind == 'table'
                else 'false' if plan.is_empty
                else '_load = ' ~ from_micros(plan.load) if plan.load
                else is_of_this_run() ~ ' and ' ~ is_within(plan.bounds)
                    if is_loaded and '_ingested_at' in node.columns -%}
            {%- if condition -%}
                {%- do counted.append(
                    "select '" ~ node.unique_id ~ "' as node_id, count(*) as row_count from "
                    ~ relation_of(node) ~ ' where ' ~ condition
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set newest = var('run_state').newest -%}
        {%- set noted = [] -%}
        {%- for result in results -%}
            {%- set row_count = result.failures if result.failures is not none
                else (result.adapter_response or {}).get('rows_affected') -%}
            {%- set is_wrong = result.status | string not in ('success', 'pass', 'skipped') -%}
            {%- set started = result.timing | map(attribute='started_at') | select | list -%}
            {%- do noted.append('(' ~ [
                text_literal(result.node.unique_id),
                text_literal(result.node.name),
                text_literal(result.node.resource_type),
                text_literal(result.status),
                'cast(' ~ (row_count if row_count is not none else 'null') ~ ' as bigint)',
                'cast(' ~ '%.3f' | format(result.execution_time) ~ ' as decimal(18, 3))',
                noted_at(started | min if started else none),
                text_literal((result.message | string)[:1000]) if is_wrong and result.message
                    else 'cast(null as string)',
            ] | join(', ') ~ ')') -%}
        {%- endfor %}
        insert into {{ log }} (
            run_id, run_started_at, command, target_name, node_id, node_name, resource_type, status,
            rows_affected, seconds, started_at, message, newest_load
        )
        select
            '{{ invocation_id }}',
            {{ noted_at(run_started_at) }},
            '{{ flags.WHICH }}',
            {{ text_literal(target.name) }},
            noted.node_id, noted.node_name, noted.resource_type, noted.status,
            {{ 'coalesce(noted.row_count, counted.row_count)' if counted else 'noted.row_count' }},
            noted.seconds, noted.started_at, noted.message,
            {{ from_micros(newest) if newest else 'cast(null as timestamp)' }}
        from (
            values
            {{ noted | join(',\n            ') }}
        ) as noted (
            node_id, node_name, resource_type, status, row_count, seconds, started_at, message
        )
        {%- if counted %}
        left join (
            {{ counted | join('\n            union all\n            ') }}
        ) as counted on noted.node_id = counted.node_id
        {%- endif %}
    {%- endif -%}
{%- endmacro %}

{# The condition on rows with _ingested_at that this run took them in. #}
{% macro is_of_this_run() -%}
    {{- return('_ingested_at >= ' ~ noted_at(run_started_at)) -}}
{%- endmacro %}
