{% macro summary() -%}
    {%- set missing = missing_model('ops_summary') -%}
    {%- if missing -%}
        {%- do print(
            missing ~ ' is not built yet in ' ~ warehouse_name() ~ ': run `dbt build` first'
        ) -%}
        {{- return('') -}}
    {%- endif -%}
    {%- set rows = run_query(
        'select section, label, value from ' ~ relation_named('ops_summary') ~ ' order by position'
    ).rows -%}
    {%- set incoming, gold, others = [], [], [] -%}
    {%- for section, label, value in rows -%}
        {%- if section in ('bronze', 'silver', 'gold') -%}
            {%- set column = gold if section == 'gold' else incoming -%}
            {%- do column.append('%-30s%12s' | format(label, value)) -%}
        {%- else -%}
            {%- do others.append((section, '%-12s' | format(label) if label else '', value)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do print('') -%}
    {%- for number in range([incoming | length, gold | length] | max) -%}
        {%- set line = '%-42s   %s' | format(incoming[number] or '', gold[number] or '') -%}
        {%- do print(line.rstrip()) -%}
    {%- endfor -%}
    {%- do print('') -%}
    {%- for section, label, value in others -%}
        {%- set is_first = loop.changed(section) -%}
        {%- do print('') if is_first and section == 'invariants' -%}
        {%- do print('%-11s%s%s' | format(section if is_first else '', label, value)) -%}
    {%- endfor -%}
    {%- do print('%-11s%s' | format('database', warehouse_name())) -%}
{%- endmacro %}

{# The name of a model, or of one that its view looks at, that does not exist; else none. #}
{% macro missing_model(name) -%}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ name] -%}
    {%- if adapter.get_relation(node.database, node.schema, node.alias) is none -%}
        {{- return(name) -}}
    {%- endif -%}
    {%- set parents = node.depends_on.nodes if node.config.materialized == 'view' else [] -%}
    {%- for parent in parents if parent.startswith('model.') -%}
        {%- set missing = missing_model(graph.nodes[parent].name) -%}
        {%- if missing -%}
            {{- return(missing) -}}
        {%- endif -%}
    {%- endfor -%}
    {{- return(none) -}}
{%- endmacro %}

{% macro right_aligned(text, width) -%}
    lpad({{ text }}, cast(greatest(length({{ text }}), {{ width }}) as int), ' ')
{%- endmacro %}

{% macro percent_text(part, whole) -%}
    coalesce(concat(cast({{ quotient('100 * ' ~ part, whole, 1) }} as string), ' %'), '-')
{%- endmacro %}

{% macro quarantine_reasons(relation, condition) -%}
    (
        with quarantined as (
            select source, failed_expectations from {{ relation }} where {{ condition }}
        ),

        counted as (
            select source, item as reason, {{ grouped_digits('count(*)') }} as row_count
            from {{ explode_items('quarantined', 'failed_expectations') }} as exploded
            group by source, item
        )

        select source, {{ listagg_text("concat(reason, ' ', row_count)") }} as reasons
        from counted
        group by source
    )
{%- endmacro %}
