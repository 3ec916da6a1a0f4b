{#
  protect_personal_data(): post-hook. On Databricks the columns tagged `personal_data` get the mask,
  if the var unmasked_group asks for one, and those of a seed their tags, which the adapter omits.
#}
{% macro protect_personal_data() -%}
    {{- return(adapter.dispatch('protect_personal_data', 'retail_medallion')()) -}}
{%- endmacro %}

{% macro databricks__protect_personal_data() -%}
    {%- set relation = this.incorporate(type='table') -%}
    {%- for column in model.columns.values()
        if 'personal_data' in column.get('databricks_tags', {}) -%}
        {%- set tags, mask = column.databricks_tags, {'function': personal_data_mask()} -%}
        {%- if model.resource_type == 'seed' -%}
            {%- do run_query(alter_set_column_tags(relation, column.name, tags)) -%}
        {%- endif -%}
        {%- if var('unmasked_group') -%}
            {%- do run_query(alter_set_column_mask(relation, column.name, mask)) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro duckdb__protect_personal_data() -%}
{%- endmacro %}

{#
  create_personal_data_mask(): at the start of a run, the function that shows personal data to
  members of the group in the var unmasked_group only. Who runs dbt must be one of them: dbt would
  read masked values and write them down for good.
#}
{% macro create_personal_data_mask() -%}
    {{- return(adapter.dispatch('create_personal_data_mask', 'retail_medallion')()) -}}
{%- endmacro %}

{% macro databricks__create_personal_data_mask() -%}
    {%- if execute and var('unmasked_group') -%}
        {%- set group = text_literal(var('unmasked_group')) -%}
        {%- set query = 'select is_account_group_member(' ~ group ~ ') as is_member' -%}
        {%- if not run_query(query).rows[0][0] -%}
            {%- do exceptions.raise_compiler_error(
                'whoever runs dbt must be in the account group ' ~ group ~ ' of the var'
                ~ ' unmasked_group: dbt would read masked customer data and write it down for good'
            ) -%}
        {%- endif -%}
        create or replace function {{ personal_data_mask() }}(value string) returns string
        comment 'Shows personal data to members of one group only.'
        return case when is_account_group_member({{ group }}) then value else '***' end
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__create_personal_data_mask() -%}
{%- endmacro %}

{% macro personal_data_mask() -%}
    {{- return(api.Relation.create(
        database=target.database, schema=target.schema, identifier='mask_personal_data'
    )) -}}
{%- endmacro %}
