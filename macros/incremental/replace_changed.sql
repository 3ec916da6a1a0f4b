{#
  The incremental strategy `replace_changed`: the model's query yields all rows of the ids that
  changed; what the table holds of those ids and the query no longer yields is removed. One MERGE, so
  that it is atomic on Databricks too: the rows to remove ride in its source, marked.

  A model configures
    unique_key      the row's key,
    meta.replaces   the column that names the id whose rows are replaced together,
    meta.changes    a mapping from each input that says which ids changed (a since_mark input) to the
                    SQL expression of the id there; left out where the query yields every changed id.

  A model with a date_key is merged within the days of all versions of the changed ids, as a literal,
  so that the cost does not grow with history.
#}
{% macro get_incremental_replace_changed_sql(arg_dict) %}
    {%- set held = arg_dict['target_relation'] -%}
    {%- set arriving = arg_dict['temp_relation'] -%}
    {%- set unique_key = arg_dict['unique_key'] -%}
    {%- set keys = [unique_key] if unique_key is string else unique_key -%}
    {%- set id = config.get('meta')['replaces'] -%}
    {%- set columns = adapter.get_columns_in_relation(held) | map(attribute='name') | list -%}
    {%- set days = touched_days(arriving) if 'date_key' in columns else 'true' -%}
    {%- for note in load_notes().values() -%}
        {%- do note.update({'touched_days': days}) -%}
    {%- endfor -%}

    {%- if days == 'false' -%}
        {{- return('select 1 as nothing_changed') -}}
    {%- endif -%}

    {%- set merge -%}
        merge into {{ held }} as held
        using (
            select * from (
                select {{ columns | join(', ') }}, false as _is_removed
                from {{ arriving }}
                union all
                select {{ columns | join(', ') }}, true as _is_removed
                from {{ held }}
                where {{ days }} and {{ id }} in ({{ changed_ids(arriving, id) }})
            )
            qualify row_number() over (partition by {{ keys | join(', ') }} order by _is_removed) = 1
        ) as arriving
        on {% for key in keys %}held.{{ key }} = arriving.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
        {%- if days != 'true' %} and held.{{ days }}{% endif %}
        when matched and arriving._is_removed then delete
        when matched then update set
            {% for column in columns %}{{ column }} = arriving.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
        when not matched then insert ({{ columns | join(', ') }})
            values ({% for column in columns %}arriving.{{ column }}{{ ', ' if not loop.last }}{% endfor %})
    {%- endset -%}
    {{- return(merge) -}}
{% endmacro %}


{# A query for the ids that changed since the last load. #}
{% macro changed_ids(arriving, id) -%}
    {%- set queries = [] -%}
    {%- for input, expression in config.get('meta').get('changes', {}).items() -%}
        {%- do queries.append(changed_versions(expression, input)) -%}
    {%- endfor -%}
    {{- return(queries | select | join(' union all ') or 'select ' ~ id ~ ' from ' ~ arriving) -}}
{%- endmacro %}


{#
  A condition on date_key: the days of all versions of the ids that changed, from the models that hold
  those versions where there are any (the temporary relation may be a view, and dear).
#}
{% macro touched_days(arriving) -%}
    {%- set queries = [] -%}
    {%- for input in config.get('meta').get('changes', {}) -%}
        {%- do queries.append(changed_versions('date_key', input)) -%}
    {%- endfor -%}
    {{- return(days_of(queries | select | join(' union all ') or 'select date_key from ' ~ arriving)) -}}
{%- endmacro %}


{# A query of an expression over the versions that this model reads now from an input; '' where it is empty. #}
{% macro changed_versions(expression, input) -%}
    {%- if input not in load_notes() -%}
        {{- return('') -}}
    {%- endif -%}
    {%- set note = load_notes()[input] -%}
    {{- return('select ' ~ expression ~ ' from ' ~ note.relation ~ ' where ' ~ note.condition) -}}
{%- endmacro %}


{# The days that a query of date_keys yields, as a literal condition: a list, or a range where that would be long. #}
{% macro days_of(query) -%}
    {%- set days = run_query('select distinct date_key from (' ~ query ~ ') as days order by date_key').columns[0].values() | list -%}
    {%- if not days -%}
        {{- return('false') -}}
    {%- elif days | length <= 100 -%}
        {{- return('date_key in (' ~ days | join(', ') ~ ')') -}}
    {%- endif -%}
    {{- return('date_key between ' ~ days[0] ~ ' and ' ~ days[-1]) -}}
{%- endmacro %}
