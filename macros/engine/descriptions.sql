{#
  persist_docs on DuckDB: writes the descriptions that the relation does not have yet, and none on most
  runs. dbt's own writes all of them every time, which is a fourth of the cost of a small load.
#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- if config.persist_relation_docs() or config.persist_column_docs() -%}
        {%- set held = duckdb__descriptions(relation) -%}
        {%- set missing = {'description': model.description if model.description != held[none] else '', 'columns': {}} -%}
        {%- for name, column in model.columns.items() if column.description != held[name] -%}
            {%- do missing.columns.update({name: column}) -%}
        {%- endfor -%}
        {%- do default__persist_docs(relation, missing, for_relation, for_columns) -%}
    {%- endif -%}
{%- endmacro %}


{# The descriptions that a table or view has: by column, and its own by none; '' where there is none. #}
{% macro duckdb__descriptions(relation) -%}
    {%- set described -%}
        select column_name, coalesce(comment, '')
        from duckdb_columns()
        where (database_name, schema_name, table_name) = ('{{ relation.database }}', '{{ relation.schema }}', '{{ relation.identifier }}')
        union all
        select null, coalesce(comment, '')
        from duckdb_{{ relation.type }}s()
        where
            (database_name, schema_name, {{ relation.type }}_name)
            = ('{{ relation.database }}', '{{ relation.schema }}', '{{ relation.identifier }}')
    {%- endset -%}
    {{- return(dict(run_query(described).rows | map('list'))) -}}
{%- endmacro %}
