{# dbt run-operation summary: what the warehouse holds, on one screen. #}
{% macro summary() -%}
    {%- set tables = built_tables() -%}
    {%- if not tables -%}
        {{- exceptions.raise_compiler_error('nothing is built yet in ' ~ warehouse_name() ~ ': run `dbt build` first') -}}
    {%- endif -%}

    {%- do print('') -%}
    {%- for layer in ['bronze', 'silver', 'gold'] -%}
        {%- for table in tables if table.layer == layer -%}
            {%- set rows = run_query('select count(*) from ' ~ table.relation).rows[0][0] -%}
            {%- do print('%-10s%-34s%14s rows' | format(layer if loop.first else '', table.name, '{:,}'.format(rows))) -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- do print('') -%}
    {%- for table in tables if table.name == 'gold_sales_fact' -%}
        {%- set sales = run_query(
            'select coalesce(sum(net_sales_amount), 0), coalesce(sum(quantity_sold), 0), count(distinct date_key) from ' ~ table.relation
        ).rows[0] -%}
        {%- do print('%-10s%s US dollars, %s units, %s days' | format(
            'net sales', '{:,}'.format(sales[0]), '{:,}'.format(sales[1]), sales[2])) -%}
    {%- endfor -%}
    {%- for table in tables if table.name == 'silver_quarantined_events' -%}
        {%- do print('%-10s%s' | format('left out', quarantine_reasons(table.relation, 'true') or 'nothing')) -%}
    {%- endfor -%}
    {%- do print('%-10s%s' | format('database', warehouse_name())) -%}
{%- endmacro %}


{# on-run-end: what this run took in and left out, a line each. #}
{% macro report_load(results) -%}
    {%- set this_run = '_ingested_at >= ' ~ from_micros((run_started_at.timestamp() * 1000000) | int) -%}
    {%- for result in results if result.status == 'success' and result.node.resource_type == 'model' -%}
        {%- set relation = api.Relation.create(
            database=result.node.database, schema=result.node.schema, identifier=result.node.alias) -%}
        {%- if result.node.config.materialized == 'streaming_table' -%}
            {%- set taken = run_query(
                'select count(*), count(distinct _source_file) from ' ~ relation ~ ' where ' ~ this_run
            ).rows[0] -%}
            {%- if taken[0] == 0 -%}
                {%- do log(result.node.name ~ ': no new events, nothing was added', info=true) -%}
            {%- else -%}
                {%- do log(
                    result.node.name ~ ': ' ~ '{:,}'.format(taken[0]) ~ ' new lines from ' ~ '{:,}'.format(taken[1]) ~ ' files',
                    info=true
                ) -%}
            {%- endif -%}
        {%- elif result.node.name == 'silver_quarantined_events' -%}
            {%- set reasons = quarantine_reasons(relation, this_run) -%}
            {%- if reasons -%}
                {%- do log('silver_quarantined_events: ' ~ reasons, info=true) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{# Rejected rows by reason as one text, `has_sku 2, parsable 1`; a row with two reasons counts for both. #}
{% macro quarantine_reasons(relation, condition) -%}
    {%- set counts = {} -%}
    {%- for row in run_query(
        'select ' ~ array_text('failed_expectations') ~ ' as reasons, count(*) from ' ~ relation
        ~ ' where ' ~ condition ~ ' group by 1'
    ).rows -%}
        {%- for reason in row[0].split('|') -%}
            {%- do counts.update({reason: counts.get(reason, 0) + row[1]}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set parts = [] -%}
    {%- for reason, count in counts | dictsort -%}
        {%- do parts.append(reason ~ ' ' ~ '{:,}'.format(count)) -%}
    {%- endfor -%}
    {{- return(parts | join(', ')) -}}
{%- endmacro %}


{# The project's tables that exist, as {layer, name, relation}. #}
{% macro built_tables() -%}
    {%- set tables = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='name')
        if node.resource_type == 'model' and node.config.materialized != 'view' -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if relation is not none -%}
            {%- do tables.append({'layer': node.fqn[1], 'name': node.name, 'relation': relation}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(tables) -}}
{%- endmacro %}
