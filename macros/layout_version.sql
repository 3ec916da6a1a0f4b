{# With the settings that are in the facts' figures: tables made with others are of no use. #}
{% macro layout_version() -%}
    {%- set settings = [] -%}
    {%- for name in ['business_timezone', 'default_tax_rate', 'default_cost_share'] -%}
        {%- do settings.append(name ~ ' ' ~ var(name)) -%}
    {%- endfor -%}
    {{- return('3 with ' ~ settings | join(', ')) -}}
{%- endmacro %}

{# on-run-start: stops where the tables have another layout; an empty database gets this one. #}
{% macro check_layout() -%}
    {%- set found = layout_of_database() if is_running_hooks() else layout_version() -%}
    {%- if found == layout_version() -%}
        {{- return('') -}}
    {%- elif found is none -%}
        {{- return(set_layout_version()) -}}
    {%- endif -%}
    {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
        | map(attribute='unique_id') -%}
    {%- if flags.FULL_REFRESH and not models | reject('in', selected_resources) | list -%}
        {%- do var('run_state').update({'is_rebuilding': true}) -%}
        {{- return('') -}}
    {%- endif -%}
    {%- do exceptions.raise_compiler_error(
        'the tables in ' ~ warehouse_name() ~ ' have layout ' ~ found ~ ', this project has '
        ~ layout_version() ~ ': run `dbt build --full-refresh`, which keeps histories and logs'
    ) -%}
{%- endmacro %}

{# on-run-end: after a full refresh of everything that built all models, all have this layout. #}
{% macro finish_rebuilding(results) -%}
    {%- set failed = results | selectattr('node.resource_type', 'equalto', 'model')
        | rejectattr('status', 'equalto', 'success') | list -%}
    {%- if var('run_state').is_rebuilding and not failed -%}
        {%- for name in retired_relations() -%}
            {%- set retired = existing_relation(name) -%}
            {%- do adapter.drop_relation(retired) if retired is not none -%}
        {%- endfor -%}
        {{- return(set_layout_version()) -}}
    {%- endif -%}
{%- endmacro %}

{# The layout that the tables have: 0 if they are older than versions, none if there are none. #}
{% macro layout_of_database() -%}
    {%- set noted = existing_relation('layout_version') -%}
    {%- if noted is not none -%}
        {{- return(run_query('select version from ' ~ noted).rows[0][0]) -}}
    {%- endif -%}
    {%- set names = retired_relations() + ['watermarks'] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model'
        and node.config.materialized in ('incremental', 'streaming_table') -%}
        {%- do names.append(node.alias) -%}
    {%- endfor -%}
    {%- for name in names if existing_relation(name) is not none -%}
        {{- return(0) -}}
    {%- endfor -%}
    {{- return(none) -}}
{%- endmacro %}

{% macro set_layout_version() -%}
    create or replace table {{ watermarks().incorporate(path={'identifier': 'layout_version'}) }} as
    select '{{ layout_version() }}' as version
{%- endmacro %}

{# Tables and views of layout 0 whose names no model has now. #}
{% macro retired_relations() -%}
    {{- return([
        'load_marks', 'silver_click_events', 'silver_clickstream_typed', 'silver_ecommerce_events',
        'silver_ecommerce_typed', 'silver_inventory_events', 'silver_inventory_typed',
        'silver_pos_events', 'silver_pos_typed',
    ]) -}}
{%- endmacro %}

{# A table or view of the project's schema by its name; none where it has none. #}
{% macro existing_relation(name) -%}
    {{- return(adapter.get_relation(target.database, target.schema, name)) -}}
{%- endmacro %}
