{#
  on-run-start: stops on a setting that is no sound value, before any of it gets into SQL: names that
  would need escaping, a landing folder that an engine would take for a pattern, days that are none.
#}
{% macro check_settings() -%}
    {%- set landing = var('landing_path') | string -%}
    {%- do check_setting('landing_path', landing, "[^\\x00-\\x1f\\x7f'\"`;*?\\[\\]{}\\\\]+",
        'a folder or volume path without quotes, semicolons, patterns or line breaks (env RETAIL_LANDING)') -%}
    {%- if '..' in landing.split('/') -%}
        {%- do refuse_setting('landing_path', landing, 'a path without `..` (env RETAIL_LANDING)') -%}
    {%- endif -%}
    {%- for name in ['date_dim_start', 'date_dim_end'] -%}
        {%- do check_setting(name, var(name) | string, '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])', 'a day, such as 2020-01-01') -%}
    {%- endfor -%}
    {%- do check_setting('test_scope', var('test_scope') | string, 'touched|all', '`touched` or `all`') -%}
    {%- for reader in as_list(var('readers', [])) -%}
        {%- do check_setting('readers', reader | string, '[^\\x00-\\x1f\\x7f`]+', 'a list of users, groups and service principals') -%}
    {%- endfor -%}
    {%- do check_setting('unmasked_group', var('unmasked_group') | string, '[^\\x00-\\x1f\\x7f`]*', 'the name of an account group, or empty') -%}
    {%- do check_setting('the schema', target.schema, '[A-Za-z_][A-Za-z0-9_]*', 'letters, digits and _ (env RETAIL_SCHEMA)') -%}
    {%- do check_setting('the catalog', target.database, "[^\\x00-\\x1f\\x7f'\"`;]+", 'a plain name (env RETAIL_CATALOG)') -%}
{%- endmacro %}


{% macro check_setting(name, value, pattern, expected) -%}
    {%- if not modules.re.fullmatch(pattern, value) -%}
        {%- do refuse_setting(name, value, expected) -%}
    {%- endif -%}
{%- endmacro %}


{% macro refuse_setting(name, value, expected) -%}
    {{- exceptions.raise_compiler_error(name ~ ' is ' ~ tojson(value) ~ ', but must be ' ~ expected) -}}
{%- endmacro %}
