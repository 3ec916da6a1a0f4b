{#
  log_table: a table that the project itself writes to when a command ends. The model's query,
  without rows, says its columns; the table is created once and kept from then on, by --full-refresh
  too. A column that the query gained is added.
#}
{% materialization log_table, default %}
    {%- set log_table = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if load_cached_relation(this) is none -%}
        {%- call statement('main') -%}
            {{ create_table_as(false, log_table, sql) }}
        {%- endcall -%}
        {%- do persist_docs(log_table, model) -%}
    {%- else -%}
        {%- set present = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
        {%- set columns = get_column_schema_from_query(sql) -%}
        {%- set missing = columns | rejectattr('name', 'in', present) | list -%}
        {%- do alter_relation_add_remove_columns(log_table, missing, none) if missing -%}
        {%- call noop_statement('main', message='KEPT') -%}{%- endcall -%}
    {%- endif -%}
    {%- do apply_grants(log_table, config.get('grants'), should_revoke=false) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [log_table]}) }}
{% endmaterialization %}

{# The relation of a log table, none while it is not built. #}
{% macro log_table(name) -%}
    {{- return(load_cached_relation(relation_named(name))) -}}
{%- endmacro %}

{# A moment that dbt noted, as a timestamp in UTC; null where there is none. #}
{% macro noted_at(moment) -%}
    {%- if moment is none -%}
        {{- return('cast(null as timestamp)') -}}
    {%- endif -%}
    {%- set moment = moment if moment.tzinfo else modules.pytz.utc.localize(moment) -%}
    {{- return(from_micros((moment.timestamp() * 1000000) | round | int)) -}}
{%- endmacro %}

{# The relation of a node of `graph` or of `results`. #}
{% macro relation_of(node) -%}
    {{- return(api.Relation.create(
        database=node.database, schema=node.schema, identifier=node.alias
    )) -}}
{%- endmacro %}

{# The relation of a model by its name, where a ref would make a node depend on it. #}
{% macro relation_named(name) -%}
    {%- if not execute -%}
        {{- return(api.Relation.create(identifier=name)) -}}
    {%- endif -%}
    {{- return(relation_of(graph.nodes['model.' ~ project_name ~ '.' ~ name])) -}}
{%- endmacro %}
