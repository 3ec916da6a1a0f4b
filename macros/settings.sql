{#
  on-run-start: stops on a setting that is no valid value, before any of it gets into SQL: names
  that would need escaping, a landing folder that an engine would take for a pattern, impossible
  days.
#}
{% macro check_settings() -%}
    {%- set landing, group = var('landing_path') | string, var('unmasked_group') | string -%}
    {%- set path, name = "[^\\x00-\\x1f\\x7f'\"`;*?\\[\\]{}\\\\]+", '[^\\x00-\\x1f\\x7f`]' -%}
    {%- set day = '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' -%}
    {%- set share = '0|1|[01][.]0+|0[.][0-9]{1,5}' -%}
    {%- set settings = [
        ('landing_path', landing, path, 'a folder or volume path without quotes, semicolons, '
            ~ 'patterns or line breaks (env RETAIL_LANDING)'),
        ('landing_path', landing, '(?!(.*/)?[.][.](/.*)?$).*',
            'a path without `..` (env RETAIL_LANDING)'),
        ('date_dim_start', var('date_dim_start'), day, 'a day, such as 2020-01-01'),
        ('date_dim_end', var('date_dim_end'), day, 'a day, such as 2020-01-01'),
        ('business_timezone', var('business_timezone'),
            modules.pytz.common_timezones | join('|'),
            'a name of the time zone database, such as America/New_York'),
        ('default_tax_rate', var('default_tax_rate'), share, 'a number from 0 to 1'),
        ('default_cost_share', var('default_cost_share'), share, 'a number from 0 to 1'),
        ('build_day', var('build_day'), day ~ '|', 'a day, such as 2020-01-01, or empty'),
        ('max_future_hours', var('max_future_hours'), '[0-9]{1,6}|None',
            'a whole number of hours, or null for no limit'),
        ('clock_not_before', var('clock_not_before'), day, 'a day, such as 2020-01-01'),
        ('test_scope', var('test_scope'), 'touched|all', '`touched` or `all`'),
        ('unmasked_group', group, name ~ '*', 'the name of an account group, or empty'),
        ('the schema', target.schema, '[A-Za-z_][A-Za-z0-9_]*',
            'letters, digits and _ (env RETAIL_SCHEMA)'),
        ('the catalog', target.database, "[^\\x00-\\x1f\\x7f'\"`;]+",
            'a plain name (env RETAIL_CATALOG)'),
    ] -%}
    {%- for reader in as_list(var('readers', [])) -%}
        {%- do settings.append(('readers', reader, name ~ '+',
            'a list of users, groups and service principals')) -%}
    {%- endfor -%}
    {%- for setting, value, pattern, expected in settings
        if not modules.re.fullmatch(pattern, value | string) -%}
        {{- exceptions.raise_compiler_error(
            setting ~ ' is ' ~ tojson(value | string) ~ ', but must be ' ~ expected
        ) -}}
    {%- endfor -%}
{%- endmacro %}
