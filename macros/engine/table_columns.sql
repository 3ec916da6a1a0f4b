{#
  The column list of a table with a contract: names, types and `not null`. DuckDB leaves out keys: a
  foreign key would forbid to replace the dimension it points to, a primary key makes inserts several
  times dearer. Data tests check the keys on both engines. Databricks renders every constraint, there
  they inform the optimizer and readers.
#}
{% macro duckdb__get_table_columns_and_constraints() %}
    {%- set columns = {} -%}
    {%- for name, column in model['columns'].items() -%}
        {%- set not_null = column['constraints'] | selectattr('type', 'equalto', 'not_null') | list -%}
        {%- do columns.update({name: dict(column, constraints=not_null)}) -%}
    {%- endfor -%}
    (
        {{ adapter.render_raw_columns_constraints(raw_columns=columns) | join(',\n        ') }}
    )
{% endmacro %}
