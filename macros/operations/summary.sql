{#
  dbt run-operation summary: what the warehouse holds and whether it agrees with itself, on one screen. What
  is not built yet, or holds nothing, is left out.
#}
{% macro summary() -%}
    {%- set tables = built_tables() -%}
    {%- if not tables -%}
        {{- exceptions.raise_compiler_error('nothing is built yet in ' ~ warehouse_name() ~ ': run `dbt build` first') -}}
    {%- endif -%}
    {%- set built = tables | map(attribute='name') | list -%}

    {%- do print('') -%}
    {{- print_row_counts(tables) -}}
    {%- do print('') -%}
    {%- if 'gold_sales_fact_all' in built and 'gold_channel_dim' in built -%}
        {{- print_sales(ref('gold_sales_fact_all'), ref('gold_channel_dim')) -}}
    {%- endif -%}
    {%- if 'report_conversion_funnel' in built -%}
        {{- print_funnel(ref('report_conversion_funnel')) -}}
    {%- endif -%}
    {%- if 'report_cart_abandonment' in built -%}
        {{- print_carts(ref('report_cart_abandonment')) -}}
    {%- endif -%}
    {%- if 'report_stock_cover' in built -%}
        {{- print_stock(ref('report_stock_cover')) -}}
    {%- endif -%}
    {%- if 'silver_quarantined_events' in built -%}
        {%- set left_out = quarantine_reasons(ref('silver_quarantined_events'), 'resolved_at is null') or {'nothing': ''} -%}
        {%- for source, reasons in left_out.items() -%}
            {{- print_line('left out' if loop.first else '', (source ~ ' ' ~ reasons).strip()) -}}
        {%- endfor -%}
        {%- for source, reasons in quarantine_reasons(ref('silver_quarantined_events'), 'resolved_at is not null').items() -%}
            {{- print_line('repaired' if loop.first else '', source ~ ' ' ~ reasons) -}}
        {%- endfor -%}
    {%- endif -%}
    {%- if 'ops_expectation_log' in built -%}
        {{- print_expectations(ref('ops_expectation_log')) -}}
    {%- endif -%}
    {{- print_laws(built) -}}
    {%- if 'ops_reconciliation' in built and 'ops_control_totals' in built -%}
        {{- print_accounts(ref('ops_reconciliation'), ref('ops_control_totals')) -}}
    {%- endif -%}
    {{- print_line('database', warehouse_name()) -}}
{%- endmacro %}


{% macro print_line(subject, text) -%}
    {%- do print('%-11s%s' | format(subject, text)) -%}
{%- endmacro %}


{# `1 of 4` as `25.0 %`; of nothing, `-`. #}
{% macro percent(part, whole) -%}
    {{- return('%.1f %%' | format(100 * part / whole) if whole else '-') -}}
{%- endmacro %}


{# Every table of the layers with its rows, in two columns: what comes in, and gold. #}
{% macro print_row_counts(tables) -%}
    {%- set columns = {'left': [], 'right': []} -%}
    {%- for layer in ['bronze', 'silver', 'gold'] -%}
        {%- for table in tables if table.layer == layer -%}
            {%- set rows = run_query('select count(*) from ' ~ table.relation).rows[0][0] -%}
            {%- do columns['right' if layer == 'gold' else 'left'].append(
                '%-28s%12s' | format(table.name, '{:,}'.format(rows))
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for number in range([columns.left | length, columns.right | length] | max) -%}
        {%- do print(('%-40s     %s' | format(columns.left[number] or '', columns.right[number] or '')).rstrip()) -%}
    {%- endfor -%}
{%- endmacro %}


{% macro print_sales(sales, channels) -%}
    {%- set rows = run_query(
        'select channel_type, sum(net_sales_amount), sum(quantity_sold), '
        ~ 'count(distinct case when not is_return then transaction_id end), '
        ~ 'count(distinct case when is_return then transaction_id end) '
        ~ 'from ' ~ sales ~ ' as sales inner join ' ~ channels ~ ' as channel on sales.channel_key = channel.channel_key '
        ~ 'group by channel_type order by channel_type'
    ).rows -%}
    {%- for channel_type, net_sales, units, orders, returns in rows -%}
        {{- print_line('net sales' if loop.first else '', '%-9s%17s US dollars, %s units in %s orders and %s returns' | format(
            channel_type, '{:,}'.format(net_sales), '{:,}'.format(units), '{:,}'.format(orders), '{:,}'.format(returns))) -}}
    {%- endfor -%}
{%- endmacro %}


{# How many sessions, and which part of all, came to each step. #}
{% macro print_funnel(funnel) -%}
    {%- set rows = run_query(
        'select device_type, sum(session_count), sum(viewed_product_count), sum(filled_cart_count), '
        ~ 'sum(begun_checkout_count), sum(completed_checkout_count) '
        ~ 'from ' ~ funnel ~ ' group by device_type order by 2 desc, 1 limit 3'
    ).rows -%}
    {%- for row in rows -%}
        {%- if loop.first -%}
            {{- print_line('funnel', '%-9s%9s%17s%17s%17s%17s' | format(
                '', 'sessions', 'viewed a product', 'filled a cart', 'began a checkout', 'bought')) -}}
        {%- endif -%}
        {%- set steps = [] -%}
        {%- for number in range(2, 6) -%}
            {%- do steps.append('%9s %7s' | format('{:,}'.format(row[number]), percent(row[number], row[1]))) -%}
        {%- endfor -%}
        {{- print_line('', '%-9s%9s%s' | format(row[0], '{:,}'.format(row[1]), steps | join)) -}}
    {%- endfor -%}
{%- endmacro %}


{% macro print_carts(carts) -%}
    {%- set filled, abandoned, recovered, revenue = run_query(
        "select coalesce(sum(case when abandonment_stage = 'cart' then reached_count end), 0), "
        ~ 'coalesce(sum(abandoned_count), 0), coalesce(sum(recovered_count), 0), coalesce(sum(recovery_revenue), 0) '
        ~ 'from ' ~ carts
    ).rows[0] -%}
    {%- if filled -%}
        {{- print_line('carts', '%s left of %s (%s), %s of them recovered (%s) for %s US dollars' | format(
            '{:,}'.format(abandoned), '{:,}'.format(filled), percent(abandoned, filled),
            '{:,}'.format(recovered), percent(recovered, abandoned), '{:,}'.format(revenue))) -}}
    {%- endif -%}
{%- endmacro %}


{% macro print_stock(stock) -%}
    {%- set units, value, days, stockout_days, all_days = run_query(
        'select coalesce(sum(quantity_on_hand), 0), coalesce(sum(inventory_value_cost), 0), max(observed_days), '
        ~ 'coalesce(sum(stockout_days), 0), coalesce(sum(observed_days), 0) from ' ~ stock
    ).rows[0] -%}
    {%- if all_days -%}
        {{- print_line('stock', '%s units worth %s US dollars, sold out %s of the last %s days' | format(
            '{:,}'.format(units), '{:,}'.format(value), percent(stockout_days, all_days), days)) -}}
    {%- endif -%}
{%- endmacro %}


{#
  What the log says of each stream's expectations, all runs together: how many rows they were asked of, and
  how often one was broken; a row that breaks two counts for both.
#}
{% macro print_expectations(log) -%}
    {%- set counts = {} -%}
    {%- for model_name, row_count, dropped, warned, stopped in run_query(
        'select model_name, sum(rows_checked), sum(rows_dropped), sum(warned), sum(stopped) from ('
        ~ 'select run_id, model_name, max(rows_checked) as rows_checked, sum(rows_dropped) as rows_dropped, '
        ~ "sum(case when action = 'warn' then rows_failed else 0 end) as warned, "
        ~ 'count(case when rows_failed is null then 1 end) as stopped from ' ~ log ~ ' group by run_id, model_name'
        ~ ') as runs group by model_name'
    ).rows -%}
        {%- do counts.update({model_name: {
            'rows': row_count or 0, 'dropped': dropped or 0, 'warned': warned or 0, 'stopped': stopped or 0
        }}) -%}
    {%- endfor -%}
    {%- set form = '%-12s%12s%12s%12s%12s' -%}
    {%- for source, stream in event_streams().items() if counts -%}
        {%- if loop.first -%}
            {{- print_line('expected', form | format('', 'lines', 'dropped', 'warned', 'stopped')) -}}
        {%- endif -%}
        {%- set none_yet = {'rows': 0, 'dropped': 0, 'warned': 0, 'stopped': 0} -%}
        {%- set of_events = counts.get(stream.events, none_yet) -%}
        {%- set of_silver = counts.get(stream.silver, none_yet) -%}
        {{- print_line('', form | format(
            source,
            '{:,}'.format(of_events.rows),
            '{:,}'.format(of_events.dropped + of_silver.dropped),
            '{:,}'.format(of_silver.warned),
            '{:,}'.format(of_silver.stopped)
        )) -}}
    {%- endfor -%}
{%- endmacro %}


{# What each conservation law says of how many balances, and whether all of them hold. #}
{% macro print_laws(built) -%}
    {%- set total = namespace(laws=0, balances=0, broken=0) -%}
    {%- for law in conservation_laws() if law.reads | reject('in', built) | list == [] -%}
        {%- set counts = {'kept': 0, 'broken': 0, 'quarantined': 0} -%}
        {%- for verdict, count in run_query(
            'select verdict, count(*) from ' ~ law.balances ~ ' as balances group by verdict'
        ).rows -%}
            {%- do counts.update({verdict: count}) -%}
        {%- endfor -%}
        {%- if counts.values() | sum -%}
            {%- if not total.laws %}{% do print('') %}{% endif -%}
            {%- set total.laws = total.laws + 1 -%}
            {%- set total.balances = total.balances + counts.kept -%}
            {%- set total.broken = total.broken + counts.broken -%}
            {{- print_line(law.subject, '%9s %s%s%s' | format(
                '{:,}'.format(counts.kept), law.holds,
                ', {:,} wait in the quarantine'.format(counts.quarantined) if counts.quarantined else '',
                ', {:,} DO NOT'.format(counts.broken) if counts.broken else ''
            )) -}}
        {%- endif -%}
    {%- endfor -%}
    {%- if total.broken -%}
        {{- print_line('agreement', '{:,} of {:,} balances do not agree; to see which:'.format(
            total.broken, total.broken + total.balances)) -}}
        {{- print_line('', "dbt test --select tag:conservation --vars '{test_scope: all}'") -}}
    {%- elif total.laws -%}
        {{- print_line('agreement', 'everything agrees: {:,} balances under {} laws'.format(total.balances, total.laws)) -}}
    {%- endif -%}
{%- endmacro %}


{# on-run-end: what this run took in and left out, and what does not add up, a line each. #}
{% macro report_load(results) -%}
    {%- set this_run = is_of_this_run() -%}
    {%- for result in results if result.status == 'success' and result.node.resource_type == 'model' -%}
        {%- set relation = relation_of(result.node) -%}
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


{# The project's tables, views of gold and reports that can be read, as {layer, name, relation}. #}
{% macro built_tables() -%}
    {%- set tables = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='name')
        if node.resource_type == 'model'
        and (node.config.materialized in ('table', 'incremental', 'streaming_table') or node.fqn[1] in ('gold', 'reports', 'ops'))
        and is_built(node) -%}
        {%- do tables.append({
            'layer': node.fqn[1],
            'name': node.name,
            'relation': relation_of(node),
        }) -%}
    {%- endfor -%}
    {{- return(tables) -}}
{%- endmacro %}


{# Whether a model exists, and what it looks at if it is a view. #}
{% macro is_built(node) -%}
    {%- if adapter.get_relation(node.database, node.schema, node.alias) is none -%}
        {{- return(false) -}}
    {%- endif -%}
    {%- for parent in node.depends_on.nodes if node.config.materialized == 'view' and parent.startswith('model.') -%}
        {%- if not is_built(graph.nodes[parent]) -%}
            {{- return(false) -}}
        {%- endif -%}
    {%- endfor -%}
    {{- return(true) -}}
{%- endmacro %}
