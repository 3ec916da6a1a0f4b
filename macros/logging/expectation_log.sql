{# on-run-end: notes in ops_expectation_log what ops_expectation_counts has of this run's loads. #}
{% macro log_expectations(results) -%}
    {%- set log = log_table('ops_expectation_log') if results else none -%}
    {%- set counts = load_cached_relation(relation_named('ops_expectation_counts'))
        if log is not none else none -%}
    {%- set declared, loads = [], [] -%}
    {%- for stream, registry in var('streams').items() if counts is not none -%}
        {%- for result in results if result.node.resource_type == 'model' -%}
            {%- set status = result.status | string -%}
            {%- if result.node.name == registry.deliveries and status == 'success' -%}
                {%- set plan = plan_of(result.node) -%}
                {%- set is_new = 'false' if plan.is_empty
                    else 'load = ' ~ from_micros(plan.load) -%}
                {%- do loads.append("model_name in ('" ~ registry.deliveries ~ "', '"
                    ~ registry.silver ~ "') and " ~ is_new) if not plan.is_empty -%}
                {%- set filter = "source = '" ~ stream ~ "' and "
                    ~ is_new.replace('load', '_load') ~ ' and line_number is ' -%}
                {%- do declared.extend(
                    noted_expectations(registry.deliveries, 'drop', filter ~ 'null')
                    + noted_expectations(registry.silver, 'drop', filter ~ 'not null')
                    + noted_expectations(registry.silver, 'warn')
                ) -%}
            {%- elif result.node.name == registry.fact and status in ('success', 'error') -%}
                {%- set plan = plan_of(result.node) or {} -%}
                {%- set read = (plan.inputs or {}).get(registry.deliveries) -%}
                {%- do loads.append("model_name = '" ~ registry.fact ~ "' and load <= "
                    ~ from_micros(read.newest) ~ (' and load > ' ~ from_micros(read.previous)
                    if read.previous else '')) if read -%}
                {%- do declared.extend(noted_expectations(
                    registry.fact, 'fail', stopped_by=result.message | string if status == 'error'
                )) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if declared %}
        insert into {{ log }} (
            run_id, run_started_at, model_name, expectation, action,
            rows_checked, rows_passed, rows_failed, rows_dropped, quarantine_filter
        )
        select
            '{{ invocation_id }}', {{ noted_at(run_started_at) }},
            model_name, expectation, action,
            rows_checked, rows_checked - rows_failed, rows_failed,
            case when action = 'drop' then rows_failed else 0 end,
            quarantine_filter
        from (
            select
                declared.model_name, declared.expectation, declared.action,
                max(declared.quarantine_filter) as quarantine_filter,
                {%- for rows, condition in [
                    ('rows_checked', 'expectation is null'),
                    ('rows_failed', 'expectation = declared.expectation')
                ] %}
                case when not bool_or(declared.has_stopped) then cast(coalesce(sum(
                    case when counted.{{ condition }} then counted.row_count end
                ), 0) as bigint) end as {{ rows }}{{ ', ' if not loop.last }}
                {%- endfor %}
            from (
                values {{ declared | join(', ') }}
            ) as declared (model_name, expectation, action, quarantine_filter, has_stopped)
            left join (
                select model_name, action, expectation,
                    {{ 'row_count from ' ~ counts ~ ' where ' ~ loads | join(' or ') if loads
                        else '0 as row_count from ' ~ log ~ ' where false' }}
            ) as counted
                on declared.model_name = counted.model_name and declared.action = counted.action
            group by declared.model_name, declared.expectation, declared.action
        ) as counts
    {%- endif -%}
{%- endmacro %}

{#
  noted_expectations(model_name, action, filter, stopped_by): rows of literals for those that a
  model declares. Where one of them stopped the model with a message, it alone.
#}
{% macro noted_expectations(model_name, action, filter=none, stopped_by=none) -%}
    {%- set noted = [] -%}
    {%- for name in expectations(model_name, action) | map(attribute='name') -%}
        {%- set where = filter ~ " and array_contains(failed_expectations, '" ~ name ~ "')" -%}
        {%- if not stopped_by or (name ~ ' fails for ') in stopped_by -%}
            {%- do noted.append("('" ~ model_name ~ "', '" ~ name ~ "', '" ~ action ~ "', "
                ~ (text_literal(where) if filter else 'cast(null as string)') ~ ', '
                ~ ('true' if stopped_by else 'false') ~ ')') -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(noted) -}}
{%- endmacro %}
