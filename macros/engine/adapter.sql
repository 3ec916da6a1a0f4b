{# What the project overrides of dbt's adapters, and why. #}

{#
  persist_docs on DuckDB: writes the descriptions that the relation does not have yet, in one go.
  dbt's own writes all of them every time and asks twice for the columns, for each of which DuckDB
  plans a view: a fourth of the cost of a small load.
#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- if config.persist_relation_docs() or config.persist_column_docs() -%}
        {%- set existing, comments = duckdb__descriptions(relation), [] -%}
        {%- if model.description != existing[none] -%}
            {%- do comments.append(relation.type ~ ' ' ~ relation ~ ' is '
                ~ duckdb_escape_comment(model.description)) -%}
        {%- endif -%}
        {%- for name, column in model.columns.items()
            if name in existing and column.description != existing[name] -%}
            {%- do comments.append('column ' ~ relation ~ '.' ~ adapter.quote(name) ~ ' is '
                ~ duckdb_escape_comment(column.description)) -%}
        {%- endfor -%}
        {%- if comments -%}
            {%- do run_query('comment on ' ~ comments | join(';\ncomment on ')) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The descriptions of a table or view: by column, and its own by none; '' where there is none. #}
{% macro duckdb__descriptions(relation) -%}
    {%- set name = "('" ~ relation.database ~ "', '" ~ relation.schema ~ "', '"
        ~ relation.identifier ~ "')" -%}
    {%- set described -%}
        select column_name, coalesce(comment, '')
        from duckdb_columns()
        where (database_name, schema_name, table_name) = {{ name }}
        union all
        select null, coalesce(comment, '')
        from duckdb_{{ relation.type }}s()
        where (database_name, schema_name, {{ relation.type }}_name) = {{ name }}
    {%- endset -%}
    {{- return(dict(run_query(described).rows | map('list'))) -}}
{%- endmacro %}

{#
  The table of a seed on DuckDB: made anew, so that a list may gain and lose columns, and read as
  what it is, a CSV file with `"`, without guesses.
#}
{% macro duckdb__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {{- return(default__reset_csv_table(model, true, old_relation, agate_table)) -}}
{%- endmacro %}

{% macro duckdb__load_csv_rows(model, agate_table) -%}
    {%- set sql -%}
        copy {{ this }} from {{ text_literal(adapter.get_seed_file_path(model)) }}
        (format csv, header true, delimiter ',', quote '"', escape '"', auto_detect false)
    {%- endset -%}
    {%- do adapter.add_query(sql) -%}
    {{- return(sql) -}}
{%- endmacro %}

{#
  Fill the table of a seed: one INSERT for each batch of rows, with its values bound. The adapter's
  own macro looks up how a value is bound once for every value, which takes longer than all the
  rest.
#}
{% macro databricks__load_csv_rows(model, agate_table) %}
    {%- set statements = [] -%}
    {%- set placeholders = ['%s'] * agate_table.column_names | length -%}
    {%- set row_of_values = '(' ~ placeholders | join(', ') ~ ')' -%}
    {%- for rows in agate_table.rows | batch(get_batch_size()) -%}
        {%- set bindings = [] -%}
        {%- for row in rows -%}
            {%- do bindings.extend(row) -%}
        {%- endfor -%}
        {%- set sql -%}
            insert {{ 'overwrite' if loop.first else 'into' }} {{ this.render() }} values
            {{ ([row_of_values] * rows | length) | join(', ') }}
        {%- endset -%}
        {%- do adapter.add_query(
            sql, bindings=bindings, abridge_sql_log=True, close_cursor=True
        ) -%}
        {%- do statements.append(sql) -%}
    {%- endfor -%}
    {{- return(statements[0]) -}}
{% endmacro %}

{#
  The column list of a table with a contract: names, types and `not null`. DuckDB leaves out keys: a
  foreign key would forbid to replace the dimension it points to, a primary key makes inserts
  several times as expensive. Data tests check the keys on both engines. Databricks renders every
  constraint, there they inform the optimizer and readers.
#}
{% macro duckdb__get_table_columns_and_constraints() %}
    {%- set columns = {} -%}
    {%- for name, column in model['columns'].items() -%}
        {%- set constraints = column['constraints'] | selectattr('type', 'equalto', 'not_null') -%}
        {%- do columns.update({name: dict(column, constraints=constraints | list)}) -%}
    {%- endfor -%}
    (
        {{ adapter.render_raw_columns_constraints(raw_columns=columns) | join(',\n        ') }}
    )
{% endmacro %}

{# DuckDB has no principals to grant anything to. #}
{% macro duckdb__apply_grants(relation, grant_config, should_revoke=True) %}
{% endmacro %}

{# raise_error(message): a boolean that stops the statement with that message when evaluated. #}
{% macro raise_error(message) -%}
    {{ return(adapter.dispatch('raise_error', 'retail_medallion')(message)) }}
{%- endmacro %}

{% macro databricks__raise_error(message) -%}
    cast(raise_error({{ message }}) as boolean)
{%- endmacro %}

{% macro duckdb__raise_error(message) -%}
    cast(error({{ message }}) as boolean)
{%- endmacro %}

{# warehouse_name(): where the tables are, in words that a user can find again. #}
{% macro warehouse_name() -%}
    {{- target.get('path') or target.database ~ '.' ~ target.schema -}}
{%- endmacro %}
