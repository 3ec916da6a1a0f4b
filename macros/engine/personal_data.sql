{#
  protect_personal_data(): post-hook of a relation with personal data, which is what its columns tagged
  `personal_data` hold. On Databricks these columns get the mask, if the var unmasked_group asks for
  one, and those of a seed get their tags, which the adapter leaves out. DuckDB has neither.
#}
{% macro protect_personal_data() -%}
    {{- return(adapter.dispatch('protect_personal_data', 'retail_medallion')()) -}}
{%- endmacro %}

{% macro databricks__protect_personal_data() -%}
    {%- set relation = this.incorporate(type='table') -%}
    {%- for column in model.columns.values() if 'personal_data' in column.get('databricks_tags', {}) -%}
        {%- if model.resource_type == 'seed' -%}
            {%- do run_query(alter_set_column_tags(relation, column.name, column.databricks_tags)) -%}
        {%- endif -%}
        {%- if var('unmasked_group') -%}
            {%- do run_query(alter_set_column_mask(relation, column.name, {'function': personal_data_mask()})) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro duckdb__protect_personal_data() -%}
{%- endmacro %}


{#
  create_personal_data_mask(): at the start of a run, the function that shows personal data to members of
  the group in the var unmasked_group only. Who runs dbt must be one of them: dbt would read masked values
  and write them down for good.
#}
{% macro create_personal_data_mask() -%}
    {{- return(adapter.dispatch('create_personal_data_mask', 'retail_medallion')()) -}}
{%- endmacro %}

{% macro databricks__create_personal_data_mask() -%}
    {%- if execute and var('unmasked_group') -%}
        {%- set group = text_literal(var('unmasked_group')) -%}
        {%- set is_member = run_query('select is_account_group_member(' ~ group ~ ') as is_member').rows[0][0] -%}
        {%- if not is_member -%}
            {%- do exceptions.raise_compiler_error(
                "whoever runs dbt must be in the account group " ~ group ~ " of the var unmasked_group: dbt"
                ~ " would read masked customer data and write it down for good"
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
    {{- return(api.Relation.create(database=target.database, schema=target.schema, identifier='mask_personal_data')) -}}
{%- endmacro %}


{# DuckDB has no principals to grant anything to. #}
{% macro duckdb__apply_grants(relation, grant_config, should_revoke=True) %}
{% endmacro %}
