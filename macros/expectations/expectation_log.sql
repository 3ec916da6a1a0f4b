{#
  on-run-end: the statement that notes in ops_expectation_log how many rows each expectation was asked
  of in this run, and how many broke it. It counts what the models read, between their marks: so every
  line counts in one run, and in none if there is nothing new. What `drop` left out is counted where it
  went to, in the quarantine.
#}
{% macro log_expectations(results) -%}
    {%- set log = log_table('ops_expectation_log') if results else none -%}
    {%- set counts = counts_of_expectations(results) if log is not none else [] -%}
    {%- if counts %}
        insert into {{ log }} (
            run_id, run_started_at, model_name, expectation, action,
            rows_checked, rows_passed, rows_failed, rows_dropped, quarantine_filter
        )
        select
            '{{ invocation_id }}',
            {{ noted_at(run_started_at) }},
            model_name,
            expectation,
            action,
            rows_checked,
            rows_checked - rows_failed,
            rows_failed,
            case when action = 'drop' then rows_failed else 0 end,
            quarantine_filter
        from (
            {{ counts | join('\n            union all\n            ') }}
        ) as counted
    {%- endif -%}
{%- endmacro %}


{# A query a model of its expectations' counts, for the models that `results` has. #}
{% macro counts_of_expectations(results) -%}
    {%- set ran = {} -%}
    {%- for result in results if result.node.resource_type == 'model' -%}
        {%- do ran.update({result.node.name: result}) -%}
    {%- endfor -%}
    {%- set quarantine = ran.get('silver_quarantined_events') -%}
    {%- set counts = [] -%}
    {%- for source, stream in event_streams().items() -%}
        {%- if quarantine and quarantine.status == 'success' -%}
            {%- do counts.append(counts_of_dropped_events(source, stream, quarantine.node)) -%}
            {%- do counts.append(counts_of_dropped_lines(source, stream, quarantine.node) if stream.has_lines) -%}
        {%- endif -%}
        {%- if stream.silver in ran and ran[stream.silver].status == 'success' -%}
            {%- do counts.append(counts_of_kept_rows(stream, ran[stream.silver].node)) -%}
        {%- elif stream.silver in ran and ran[stream.silver].status == 'error' -%}
            {%- do counts.append(counts_of_the_stopped(stream, ran[stream.silver].message | string)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(counts | select | list) -}}
{%- endmacro %}


{# Of the lines that the quarantine has read: those that were rejected whole. #}
{% macro counts_of_dropped_events(source, stream, quarantine) -%}
    {%- set is_read = read_condition(quarantine, stream.typed) -%}
    {%- set filter = "source = '" ~ source ~ "' and line_number is null and " ~ is_read -%}
    {{- return(counts_of_dropped(
        model_name=stream.events,
        quarantine=relation_of(quarantine),
        filter=filter,
        rows_checked='(select count(*) from ' ~ relation_named(stream.typed) ~ ' where ' ~ is_read ~ ')'
    )) -}}
{%- endmacro %}


{# Of the line items of the events that changed: those that were rejected alone. #}
{% macro counts_of_dropped_lines(source, stream, quarantine) -%}
    {%- set events = relation_named(stream.events) -%}
    {%- set is_read = read_condition(quarantine, stream.events) -%}
    {%- set filter = "source = '" ~ source ~ "' and line_number is not null and event_id in (select " ~ stream.id
        ~ ' from ' ~ events ~ ' where ' ~ is_read ~ ')' -%}
    {{- return(counts_of_dropped(
        model_name=stream.silver,
        quarantine=relation_of(quarantine),
        filter=filter,
        rows_checked='(select coalesce(sum(line_item_count), 0) from ' ~ events ~ ' where is_current and ' ~ is_read ~ ')'
    )) -}}
{%- endmacro %}


{% macro counts_of_dropped(model_name, quarantine, filter, rows_checked) -%}
    {%- set declared, counted = [], [] -%}
    {%- for expectation in expectations(model_name, 'drop') -%}
        {%- set has_failed = "array_contains(failed_expectations, '" ~ expectation.name ~ "')" -%}
        {%- do declared.append({
            'name': expectation.name, 'action': 'drop', 'filter': filter ~ ' and ' ~ has_failed, 'breaks': has_failed
        }) -%}
    {%- endfor -%}
    {{- return(counts_by_expectation(model_name, declared, quarantine, filter, rows_checked)) -}}
{%- endmacro %}


{# Of the rows that came to a model in this load, as its tests see them; that it was built means that no `fail` was broken. #}
{% macro counts_of_kept_rows(stream, node) -%}
    {%- set note = notes_of(node).get(stream.events) -%}
    {%- if not note or note.newest == note.mark -%}
        {%- set is_new = 'false' -%}
    {%- elif note.mark is none -%}
        {%- set is_new = note.touched_days -%}
    {%- else -%}
        {%- set is_new = note.touched_days ~ ' and _ingested_at > ' ~ from_micros(note.mark) -%}
    {%- endif -%}
    {%- set declared = [] -%}
    {%- for expectation in expectations(node.name, 'warn') -%}
        {%- do declared.append({
            'name': expectation.name,
            'action': 'warn',
            'breaks': 'not coalesce(' ~ expectation.expression ~ ', false)'
        }) -%}
    {%- endfor -%}
    {%- for expectation in expectations(node.name, 'fail') -%}
        {%- do declared.append({'name': expectation.name, 'action': 'fail', 'breaks': 'false'}) -%}
    {%- endfor -%}
    {{- return(counts_by_expectation(node.name, declared, relation_of(node), is_new, 'count(*)')) -}}
{%- endmacro %}


{# A `fail` that stopped its model: nothing was written, so nothing is counted. #}
{% macro counts_of_the_stopped(stream, message) -%}
    {%- for expectation in expectations(stream.silver, 'fail') if (expectation.name ~ ' fails for ') in message -%}
        {{- return(
            "select '" ~ stream.silver ~ "' as model_name, '" ~ expectation.name ~ "' as expectation, 'fail' as action, "
            ~ 'cast(null as bigint) as rows_checked, cast(null as bigint) as rows_failed, cast(null as string) as quarantine_filter'
        ) -}}
    {%- endfor -%}
{%- endmacro %}


{#
  A row each of the `declared` expectations, {name, action, filter, breaks}: how many rows that meet `condition` are
  broken by it, of how many (`rows_checked`, an aggregate over those rows). All are counted in one pass.
#}
{% macro counts_by_expectation(model_name, declared, rows, condition, rows_checked) -%}
    {%- if not declared -%}
        {{- return('') -}}
    {%- endif -%}
    {%- set literals, counts, choices = [], [], [] -%}
    {%- for expectation in declared -%}
        {%- do literals.append("('" ~ expectation.name ~ "', '" ~ expectation.action ~ "', "
            ~ (text_literal(expectation.filter) if expectation.filter else 'cast(null as string)') ~ ')') -%}
        {%- do counts.append('count(case when ' ~ expectation.breaks ~ ' then 1 end) as ' ~ expectation.name) -%}
        {%- do choices.append("when '" ~ expectation.name ~ "' then counts." ~ expectation.name) -%}
    {%- endfor -%}
    {{- return(
        "select '" ~ model_name ~ "' as model_name, declared.expectation, declared.action, "
        ~ 'cast(counts.rows_checked as bigint) as rows_checked, '
        ~ 'case declared.expectation ' ~ choices | join(' ') ~ ' end as rows_failed, declared.quarantine_filter '
        ~ 'from (select ' ~ rows_checked ~ ' as rows_checked, ' ~ counts | join(', ')
        ~ ' from ' ~ rows ~ ' where ' ~ condition ~ ') as counts '
        ~ 'cross join (values ' ~ literals | join(', ') ~ ') as declared (expectation, action, quarantine_filter)'
    ) -}}
{%- endmacro %}


{# What since_mark noted in this invocation for a node of `results`. #}
{% macro notes_of(node) -%}
    {{- return(node.config.meta.get('load_notes', {}).get(invocation_id, {})) -}}
{%- endmacro %}


{# The condition on the rows of an input that a node of `results` has read. #}
{% macro read_condition(node, input) -%}
    {%- set note = notes_of(node).get(input) -%}
    {{- return('false' if not note or note.newest == note.mark else note.condition) -}}
{%- endmacro %}
