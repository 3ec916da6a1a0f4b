{# The rows that a unit test gives for an input, as one list of values; see DECISIONS.md. #}
{% macro get_fixture_sql(rows, column_name_to_data_types) -%}
    {%- set types = dict(column_name_to_data_types or {}) -%}
    {%- if not types -%}
        {%- set is_deferred = defer_relation and not load_relation(this) -%}
        {%- set relation = defer_relation if is_deferred else this -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do types.update({column.name | lower: column.data_type}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if not rows or not types -%}
        {{- return(dbt.get_fixture_sql(rows, column_name_to_data_types)) -}}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for column in types -%}
        {%- do names.append(adapter.quote(column)) -%}
    {%- endfor -%}
    select * from (
        values
        {% for row in rows -%}
        {%- set values, given = [], format_row(row, types) -%}
        {%- set is_first = loop.first -%}
        {%- for column, type in types.items() -%}
            {%- do values.append(
                given.get(column) or (safe_cast('null', type) if is_first else 'null')
            ) -%}
        {%- endfor -%}
        ({{ values | join(', ') }}){{ ', ' if not loop.last }}
        {%- endfor %}
    ) as fixture ({{ names | join(', ') }})
{%- endmacro %}

{# In a unit test, a list of YAML becomes an array and a mapping a struct. #}
{% macro duckdb__safe_cast(field, type) -%}
    cast({{ field if field is string else nested_literal(field) }} as {{ type }})
{%- endmacro %}

{# Databricks reads a backslash in a text as an escape; dbt writes one only before a quote. #}
{% macro databricks__safe_cast(field, type) -%}
    {%- set literal = modules.re.sub('\\\\(?!\')', '\\\\\\\\', field) if field is string
        else nested_literal(field) -%}
    {{- return(spark__safe_cast(literal, type)) -}}
{%- endmacro %}

{# nested_literal(value): a literal of a value of YAML, whatever is nested in it. #}
{% macro nested_literal(value) -%}
    {%- if value is mapping -%}
        {%- set fields = {} -%}
        {%- for name, element in value.items() -%}
            {%- do fields.update({name: nested_literal(element)}) -%}
        {%- endfor -%}
        {{- return(struct_of(fields)) -}}
    {%- elif value is string -%}
        {{- return(text_literal(value)) -}}
    {%- elif value is iterable -%}
        {%- set elements = [] -%}
        {%- for element in value -%}
            {%- do elements.append(nested_literal(element)) -%}
        {%- endfor -%}
        {{- return(dbt.array_construct(elements)) -}}
    {%- endif -%}
    {{- return('null' if value is none else value) -}}
{%- endmacro %}

{#
  given_streams(): the streams, for a model that reads the deliveries of all of them; in a unit
  test, those whose deliveries it gives, so that a new stream changes no test.
#}
{% macro given_streams() -%}
    {%- if model.resource_type != 'unit_test' -%}
        {{- return(var('streams')) -}}
    {%- endif -%}
    {%- set given = {} -%}
    {%- for stream, registry in var('streams').items()
        if 'model.' ~ project_name ~ '.' ~ registry.deliveries in model.depends_on.nodes -%}
        {%- do given.update({stream: registry}) -%}
    {%- endfor -%}
    {{- return(given) -}}
{%- endmacro %}
