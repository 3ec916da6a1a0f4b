{#
  The incremental strategy `replace_changed`: the model's query yields all rows of the ids that
  changed; what the table holds of those ids and the query no longer yields is removed. One MERGE, so
  that it is atomic on Databricks too: the rows to remove ride in its source, marked.

  A model configures
    unique_key      the row's key,
    meta.replaces   the column, or the columns, that name the id whose rows are replaced together,
    meta.changes    a mapping from each input that says which ids changed (a since_mark input) to the
                    SQL expression of the id there; left out where the query yields every changed id.
  What `rekeyed` finds changes too. A model whose rows change with more than the ids in its inputs says by
  `replace_rows` what it replaces, instead of meta.changes.

  A model with a date_key is merged within the days of all versions of the changed ids, as a literal,
  so that the cost does not grow with history.
#}
{% macro get_incremental_replace_changed_sql(arg_dict) %}
    {%- set held = arg_dict['target_relation'] -%}
    {%- set arriving = arg_dict['temp_relation'] -%}
    {%- set keys = as_list(arg_dict['unique_key']) -%}
    {%- set ids = as_list(config.get('meta')['replaces']) -%}
    {%- set columns = arg_dict['dest_columns'] or adapter.get_columns_in_relation(held) -%}
    {%- set columns = columns | map(attribute='name') | list -%}
    {%- set said = replaced_rows() -%}
    {%- set replaced = said.ids or changed_ids(arriving, ids) -%}
    {%- set days = said.days or (touched_days(arriving) if 'date_key' in columns else 'true') -%}
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
                where {{ days }} and ({{ ids | join(', ') }}) in ({{ replaced }})
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


{#
  replace_rows(ids, days): said by a model's query on an incremental run: its rows of these `ids` (a query
  of the columns that meta.replaces names) are replaced, and all rows that it yields or replaces lie
  within `days`, a literal condition that begins with date_key.
#}
{% macro replace_rows(ids, days) -%}
    {%- if is_loading() -%}
        {%- do replaced_rows().update({'ids': ids, 'days': days}) -%}
    {%- endif -%}
{%- endmacro %}


{# What this model said by replace_rows in this invocation; kept where load_notes are. #}
{% macro replaced_rows() -%}
    {{- return(config.get('meta').setdefault('replaced_rows', {}).setdefault(invocation_id, {})) -}}
{%- endmacro %}


{#
  and_held_rows(columns, where): after a query: and, on an incremental run, these columns of this model's
  own rows that meet the condition.
#}
{% macro and_held_rows(columns, where) -%}
    {%- if is_incremental() -%}
        union all
        select {{ columns | join(', ') }}
        from {{ this }}
        where {{ where }}
    {%- endif -%}
{%- endmacro %}


{% macro as_list(name_or_names) -%}
    {{- return([name_or_names] if name_or_names is string else name_or_names) -}}
{%- endmacro %}


{# A query for the ids that changed since the last load. #}
{% macro changed_ids(arriving, ids) -%}
    {%- set queries = [] -%}
    {%- for input, expression in config.get('meta').get('changes', {}).items() -%}
        {%- do queries.append(changed_versions(expression, input)) -%}
    {%- endfor -%}
    {%- do queries.extend(load_notes().values() | map(attribute='ids') | select('defined')) -%}
    {{- return(queries | select | join(' union all ') or 'select ' ~ ids | join(', ') ~ ' from ' ~ arriving) -}}
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
    {%- do queries.extend(load_notes().values() | map(attribute='days') | select('defined')) -%}
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


{# The days that a query of date_keys yields, as a literal condition. #}
{% macro days_of(query) -%}
    {%- set days = run_query('select distinct date_key from (' ~ query ~ ') as days order by date_key') -%}
    {{- return(is_one_of_days(days.columns[0].values() | list)) -}}
{%- endmacro %}


{# The condition on date_key that it is one of these, in order: a list, or a range where that would be long. #}
{% macro is_one_of_days(days) -%}
    {%- if not days -%}
        {{- return('false') -}}
    {%- elif days | length <= 100 -%}
        {{- return('date_key in (' ~ days | join(', ') ~ ')') -}}
    {%- endif -%}
    {{- return('date_key between ' ~ days[0] ~ ' and ' ~ days[-1]) -}}
{%- endmacro %}
