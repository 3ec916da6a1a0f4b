{# on-run-end: what this run took in, what it left out, and what does not add up, a line each. #}
{% macro report_load(results) -%}
    {%- set loads = [] -%}
    {%- for result in results
        if result.status == 'success' and result.node.resource_type == 'model' -%}
        {%- if result.node.config.materialized == 'streaming_table' -%}
            {%- set line_count, file_count = run_query(
                'select count(*), count(distinct _source_file) from ' ~ relation_of(result.node)
                ~ ' where ' ~ is_of_this_run()
            ).rows[0] -%}
            {%- set news = '{:,} new lines from {:,} files'.format(line_count, file_count)
                if line_count else 'no new events, nothing was added' -%}
            {%- do log(result.node.name ~ ': ' ~ news, info=true) -%}
        {%- endif -%}
        {%- set plan = plan_of(result.node) -%}
        {%- if plan and plan.load and not plan.is_empty -%}
            {%- do loads.append(from_micros(plan.load)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set quarantine = load_cached_relation(relation_named('silver_quarantined_events'))
        if loads else none -%}
    {%- if quarantine is not none -%}
        {%- set is_new = '_load in (' ~ loads | join(', ') ~ ')' -%}
        {%- for source, reasons in run_query(
            'select source, reasons from ' ~ quarantine_reasons(quarantine, is_new)
            ~ ' as reasons_by_source order by source'
        ).rows -%}
            {%- do log('silver_quarantined_events: ' ~ source ~ ' ' ~ reasons, info=true) -%}
        {%- endfor -%}
    {%- endif -%}

    {#- Up to 3 rows of each test about what must add up that failed, a warning each. -#}
    {%- for result in results
        if result.node.resource_type == 'test' and result.failures
        and result.node.tags
            | select('in', ['invariants', 'reconciliation', 'verdicts', 'master_data']) | list -%}
        {%- set broken = run_query(
            'select * from (' ~ result.node.compiled_code ~ ') as broken limit 3'
        ) -%}
        {%- for row in broken.rows -%}
            {%- set parts = [] -%}
            {%- for name in broken.column_names if name != 'verdict' -%}
                {%- set value = row[name] if row[name] is not none else 'none' -%}
                {%- do parts.append(name ~ ' ' ~ value) -%}
            {%- endfor -%}
            {%- do exceptions.warn(result.node.name ~ ' is broken: ' ~ parts | join(', ')) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
