{% macro get_incremental_replace_changed_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set keys = as_list(arg_dict['unique_key']) -%}
    {%- set ids = as_list(config.get('meta')['replaces']) -%}
    {%- set plan = plan_of(model) -%}
    {%- if plan.is_empty -%}
        {{- return('select 1 as nothing_changed') -}}
    {%- endif -%}
    {%- set columns = arg_dict['dest_columns'] or adapter.get_columns_in_relation(target) -%}
    {%- set columns = columns | map(attribute='name') | list -%}

    {%- set merge -%}
        merge into {{ target }} as existing
        using (
            select * from (
                select {{ columns | join(', ') }}, false as _is_removed
                from {{ arg_dict['temp_relation'] }}
                union all
                select {{ columns | join(', ') }}, true as _is_removed
                from {{ target }}
                where {{ is_within(plan.bounds) }} and ({{ ids | join(', ') }}) in ({{ plan.ids }})
            )
            qualify
                row_number() over (partition by {{ keys | join(', ') }} order by _is_removed) = 1
        ) as incoming
        on
            {% for key in keys %}existing.{{ key }} = incoming.{{ key }} and {% endfor -%}
            {{ is_within(plan.bounds, 'existing.') }}
        when matched and incoming._is_removed then delete
        {{- written(columns) }}
    {%- endset -%}
    {{- return(merge) -}}
{% endmacro %}

{#
  The strategy `replace_rows`: the table has the rows of the query and no others. It stays the same
  table, so that its constraints and descriptions stay.
#}
{% macro get_incremental_replace_rows_sql(arg_dict) %}
    {%- set target, keys = arg_dict['target_relation'], as_list(arg_dict['unique_key']) -%}
    {%- set columns = adapter.get_columns_in_relation(target) | map(attribute='name') | list -%}
    {%- set differences = [] -%}
    {%- for column in columns if column not in keys -%}
        {%- do differences.append(
            'existing.' ~ column ~ ' is distinct from incoming.' ~ column
        ) -%}
    {%- endfor -%}
    merge into {{ target }} as existing
    using {{ arg_dict['temp_relation'] }} as incoming
    on
        {% for key in keys %}{{ 'and ' if not loop.first }}existing.{{ key }} = incoming.{{ key }}
        {% endfor -%}
    {{ written(columns, ' and (' ~ differences | join(' or ') ~ ')') }}
    when not matched by source then delete
{% endmacro %}

{# written(columns, where): the clauses of a MERGE that write the rows `incoming`. #}
{% macro written(columns, where='') %}
        when matched{{ where }} then update set
            {% for column in columns -%}
            {{ column }} = incoming.{{ column }}{{ ', ' if not loop.last }}
            {%- endfor %}
        when not matched then insert ({{ columns | join(', ') }})
            values (
                {% for column in columns %}incoming.{{ column }}{{ ', ' if not loop.last }}
                {%- endfor %}
            )
{%- endmacro %}

{% macro get_incremental_merge_verdicts_sql(arg_dict) %}
    {%- set plan = plan_of(model) -%}
    {%- if plan.is_empty -%}
        {{- return('select 1 as nothing_changed') -}}
    {%- endif -%}
    {%- set temp, target = arg_dict['temp_relation'], arg_dict['target_relation'] -%}
    {%- set changed = diff_column_data_types(
        adapter.get_columns_in_relation(temp), adapter.get_columns_in_relation(target)
    ) -%}
    {%- if changed -%}
        {{- exceptions.raise_compiler_error(
            target.identifier ~ ': ' ~ changed | map(attribute='column_name') | join(', ')
            ~ ' changed its type, which a merge would drop in silence: dbt run --full-refresh'
            ~ ' --select ' ~ target.identifier ~ '+'
        ) -}}
    {%- endif -%}
    {%- do arg_dict.update({
        'incremental_predicates': [
            is_within(plan.bounds, 'DBT_INTERNAL_DEST.'),
            'DBT_INTERNAL_SOURCE._delivery is not null',
        ],
        'dest_columns': arg_dict['dest_columns'] or adapter.get_columns_in_relation(target),
    }) -%}
    {{- return(get_incremental_merge_sql(arg_dict)) -}}
{% endmacro %}

{% macro load_of_stream(stream, keys) -%}
    {%- set registry = var('streams')[stream] -%}
    {%- set deliveries = ref(registry.deliveries) -%}
    {%- set members = ref('silver_dimension_members') -%}
    {%- set plan = {'inputs': {}} -%}
    {%- set is_changed = read_since(plan, deliveries) -%}
    {%- set has_changed_member = rows_of_changed_members(keys, read_since(plan, members)) -%}
    {%- if not is_incremental() -%}
        {%- do plan.update({'bounds': none, 'ids': none, 'is_empty': false}) -%}
        {{- return({
            'changed': 'true', 'changed_deliveries': 'true', 'plan': plan_comment(plan)
        }) -}}
    {%- endif -%}

    {%- set changed_days, changed_ids = [], [] -%}
    {%- if is_changed != 'false' -%}
        {%- set changed_rows = ' from ' ~ deliveries ~ ' where ' ~ is_changed -%}
        {%- do changed_days.append('select event_at' ~ changed_rows) -%}
        {%- do changed_ids.append('select ' ~ registry.id ~ changed_rows) -%}
    {%- endif -%}
    {%- if has_changed_member != 'false' -%}
        {%- set changed_rows = ' from ' ~ this ~ ' as existing where ' ~ has_changed_member -%}
        {%- do report_rewritten(changed_rows) -%}
        {%- do changed_days.append('select event_at' ~ changed_rows) -%}
        {%- do changed_ids.append('select ' ~ registry.fact_id ~ changed_rows) -%}
    {%- endif -%}
    {%- set days = days_of(changed_days | join(' union all ')) if changed_days else [] -%}
    {%- set bounds = day_bounds('event_at', days) -%}
    {%- set ids = changed_ids | join(' union all ') -%}
    {%- do plan.update({'bounds': bounds, 'ids': ids, 'is_empty': bounds.ranges == []}) -%}
    {%- set changed = 'false' if plan.is_empty
        else is_within(bounds) ~ ' and ' ~ registry.id ~ ' in (' ~ ids ~ ')' -%}
    {{- return({
        'changed': changed, 'changed_deliveries': is_changed, 'plan': plan_comment(plan)
    }) -}}
{%- endmacro %}

{#
  rows_of_changed_members(keys, is_changed): the condition on rows of this table, as
  `existing`, that name a member (see silver_dimension_members) on a day from which on it changed,
  or that stand on another day of the calendar than now.
#}
{% macro rows_of_changed_members(keys, is_changed) -%}
    {%- if not is_incremental() or is_changed == 'false' -%}
        {{- return('false') -}}
    {%- endif -%}
    {%- set conditions = [] -%}
    {%- for dimension, id in keys.items() -%}
        {%- set id = typed_word('existing.' ~ id) if dimension == 'state' else 'existing.' ~ id -%}
        {%- set condition = is_changed_member(
            dimension, id, 'existing.local_date', is_changed
        ) -%}
        {%- do conditions.append(condition) -%}
    {%- endfor -%}
    {%- do conditions.append(
        '(existing.date_key <> ' ~ date_key('existing.local_date') ~ ' and '
        ~ is_changed_member('calendar', "'calendar'", 'existing.local_date', is_changed) ~ ')'
    ) -%}
    {{- return(
        since_first_change('existing.event_at', is_changed)
        ~ ' and (' ~ conditions | join(' or ') ~ ')'
    ) -}}
{%- endmacro %}

{#
  since_first_change(instant, is_changed): the condition that an instant is not before the first day
  on which members changed, nor a day of another time zone. A literal, so that history is pruned.
#}
{% macro since_first_change(instant, is_changed) -%}
    {%- set first = run_query(
        'select ' ~ days_between("date '1970-01-01'", 'min(valid_from)') ~ ' as day from '
        ~ ref('silver_dimension_members') ~ ' where ' ~ is_changed
    ).rows[0][0] -%}
    {{- return(
        'true' if first is none or first < 1
        else instant ~ ' >= ' ~ from_micros((first - 1) * 86400000000)
    ) -}}
{%- endmacro %}

{# report_rewritten(rows): says how many rows of this table, a FROM clause, are written again. #}
{% macro report_rewritten(rows) -%}
    {%- set row_count = run_query('select count(*)' ~ rows).rows[0][0] -%}
    {%- if row_count -%}
        {%- do log(this.identifier ~ ': {:,} rows are written again, with the master data of their'
            ' days'.format(row_count), info=true) -%}
    {%- endif -%}
{%- endmacro %}

{#
  is_changed_member(dimension, id, day, is_changed): the condition that SQL for an id names a member
  that changed (see silver_dimension_members), on that day or before.
#}
{% macro is_changed_member(dimension, id, day, is_changed) -%}
    exists (
        select 1 from {{ ref('silver_dimension_members') }} as changed
        where
            changed.dimension = '{{ dimension }}'
            and changed.member_id = {{ id }}
            and changed.valid_from <= {{ day }}
            and {{ is_changed }}
    )
{%- endmacro %}

{# days_of(query): the days since 1970 on which a query of event_at has some. #}
{% macro days_of(query) -%}
    {{- return(run_query(
        'select distinct ' ~ day_number('event_at') ~ ' as day from (' ~ query ~ ') as events'
        ~ ' where event_at is not null'
    ).columns[0].values() | list) -}}
{%- endmacro %}

{#
  day_bounds(column, days, back, ahead): bounds on an instant for days since 1970, and so many days
  before and after each: a range for each run of days, at most 20 of them; nearby ones are joined
  where there are more.
#}
{% macro day_bounds(column, days, back=0, ahead=0) -%}
    {%- set runs, all_days = [], [] -%}
    {%- for day in days | map('int') -%}
        {%- do all_days.extend(range(day - back, day + ahead + 1)) -%}
    {%- endfor -%}
    {%- for day in all_days | unique | sort -%}
        {%- if runs and day == runs[-1][1] -%}
            {%- do runs.append([runs.pop()[0], day + 1]) -%}
        {%- else -%}
            {%- do runs.append([day, day + 1]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set gaps = [] -%}
    {%- for run in runs[1:] -%}
        {%- do gaps.append(run[0] - runs[loop.index0][1]) -%}
    {%- endfor -%}
    {%- set widest_joined = (gaps | sort)[gaps | length - 20] if gaps | length >= 20 else 0 -%}
    {%- set joined = [] -%}
    {%- for run in runs -%}
        {%- if joined and run[0] - joined[-1][1] <= widest_joined -%}
            {%- do joined.append([joined.pop()[0], run[1]]) -%}
        {%- else -%}
            {%- do joined.append(run) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set ranges = [] -%}
    {%- for first, after in joined -%}
        {%- do ranges.append(
            [from_micros(first * 86400000000), from_micros(after * 86400000000)]
        ) -%}
    {%- endfor -%}
    {{- return({'column': column, 'ranges': ranges}) -}}
{%- endmacro %}

{# is_within(bounds, prefix): bounds as a condition; of none, true; of no range, false. #}
{% macro is_within(bounds, prefix='') -%}
    {%- if not bounds -%}
        {{- return('true') -}}
    {%- endif -%}
    {%- set column = prefix ~ bounds.column -%}
    {%- set conditions = [] -%}
    {%- for low, high in bounds.ranges -%}
        {%- set is_before_end = ' and ' ~ column ~ ' < ' ~ high if high else '' -%}
        {%- do conditions.append(column ~ ' >= ' ~ low ~ is_before_end) -%}
    {%- endfor -%}
    {{- return('(' ~ conditions | join(' or ') ~ ')' if conditions else 'false') -}}
{%- endmacro %}

{% macro as_list(name_or_names) -%}
    {{- return([name_or_names] if name_or_names is string else name_or_names) -}}
{%- endmacro %}
