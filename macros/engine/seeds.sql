{#
  Fill the table of a seed: one INSERT for each batch of rows, with its values bound. The adapter's own
  macro looks up how a value is bound once for every value, which takes longer than all the rest.
#}
{% macro databricks__load_csv_rows(model, agate_table) %}
    {%- set statements = [] -%}
    {%- set row_of_values = '(' ~ (['%s'] * agate_table.column_names | length) | join(', ') ~ ')' -%}
    {%- for rows in agate_table.rows | batch(get_batch_size()) -%}
        {%- set bindings = [] -%}
        {%- for row in rows -%}
            {%- do bindings.extend(row) -%}
        {%- endfor -%}
        {%- set sql -%}
            insert {{ 'overwrite' if loop.first else 'into' }} {{ this.render() }} values
            {{ ([row_of_values] * rows | length) | join(', ') }}
        {%- endset -%}
        {%- do adapter.add_query(sql, bindings=bindings, abridge_sql_log=True, close_cursor=True) -%}
        {%- do statements.append(sql) -%}
    {%- endfor -%}
    {{- return(statements[0]) -}}
{% endmacro %}
