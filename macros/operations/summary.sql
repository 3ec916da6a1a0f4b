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
    {%- for table in tables if table.name in ('gold_sales_fact', 'gold_sales_fact_ecommerce') -%}
        {%- set sales = run_query(
            'select coalesce(sum(net_sales_amount), 0), coalesce(sum(quantity_sold), 0), count(distinct date_key) from ' ~ table.relation
        ).rows[0] -%}
        {%- do print('%-10s%-12s%14s US dollars, %s units, %s days' | format(
            'net sales' if loop.first else '', 'pos' if table.name == 'gold_sales_fact' else 'ecommerce',
            '{:,}'.format(sales[0]), '{:,}'.format(sales[1]), sales[2])) -%}
    {%- endfor -%}
    {%- for table in tables if table.name == 'silver_quarantined_events' -%}
        {%- for source, reasons in (quarantine_reasons(table.relation, 'true') or {'nothing': ''}).items() -%}
            {%- do print(('%-10s%-12s%s' | format('left out' if loop.first else '', source, reasons)).rstrip()) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do print('%-10s%s' | format('database', warehouse_name())) -%}
{%- endmacro %}


{# on-run-end: what this run took in and left out, and what does not add up, a line each. #}
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
            {%- for source, reasons in quarantine_reasons(relation, this_run).items() -%}
                {%- do log('silver_quarantined_events: ' ~ source ~ ' ' ~ reasons, info=true) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{- report_broken_laws(results) -}}
{%- endmacro %}


{# By source, rejected rows by reason as a text, `has_sku 2, parsable 1`; a row with two reasons counts for both. #}
{% macro quarantine_reasons(relation, condition) -%}
    {%- set counts = {} -%}
    {%- for source, reasons, row_count in run_query(
        'select source, ' ~ array_text('failed_expectations') ~ ' as reasons, count(*) from ' ~ relation
        ~ ' where ' ~ condition ~ ' group by 1, 2 order by 1'
    ).rows -%}
        {%- set of_source = counts.setdefault(source, {}) -%}
        {%- for reason in reasons.split('|') -%}
            {%- do of_source.update({reason: of_source.get(reason, 0) + row_count}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set texts = {} -%}
    {%- for source, of_source in counts.items() -%}
        {%- set parts = [] -%}
        {%- for reason, count in of_source | dictsort -%}
            {%- do parts.append(reason ~ ' ' ~ '{:,}'.format(count)) -%}
        {%- endfor -%}
        {%- do texts.update({source: parts | join(', ')}) -%}
    {%- endfor -%}
    {{- return(texts) -}}
{%- endmacro %}


{# The project's tables (and views of gold) that exist, as {layer, name, relation}. #}
{% macro built_tables() -%}
    {%- set tables = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='name')
        if node.resource_type == 'model' and (node.config.materialized != 'view' or node.fqn[1] == 'gold') -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if relation is not none -%}
            {%- do tables.append({'layer': node.fqn[1], 'name': node.name, 'relation': relation}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(tables) -}}
{%- endmacro %}
