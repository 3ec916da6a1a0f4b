{% macro watermarks() -%}
    {{- return(api.Relation.create(
        database=target.database, schema=target.schema, identifier='watermarks'
    )) -}}
{%- endmacro %}

{#
  Whether hooks at the start of a run may ask the warehouse: `dbt compile` and `dbt docs generate`
  render them, too, but run none, and compiling needs no connection.
#}
{% macro is_running_hooks() -%}
    {{- return(
        execute and flags.WHICH in ('run', 'build', 'test', 'seed', 'retry')
    ) -}}
{%- endmacro %}

{# on-run-start: the table, where there is none; an empty one where everything is rebuilt. #}
{% macro create_watermarks() -%}
    {%- set is_rebuilding = var('run_state').is_rebuilding -%}
    {%- if is_running_hooks() and (is_rebuilding or load_cached_relation(watermarks()) is none) %}
    {{ 'create or replace table' if is_rebuilding else 'create table if not exists' }}
    {{ watermarks() }} (
        model_name string not null,
        input_name string not null,
        load timestamp not null,
        previous_load timestamp,
        touched string not null
    )
    {%- endif -%}
{%- endmacro %}

{% macro read_watermarks() -%}
    {%- if is_running_hooks() -%}
        {%- set state = var('run_state') -%}
        {%- do state.update({'watermarks': {}, 'loads': {}, 'newest': 0, 'tested': {}}) -%}
        {%- for model_name, input_name, load, touched in run_query(
            'select model_name, input_name, ' ~ micros('load') ~ ' as load, touched from '
            ~ watermarks() ~ ' order by load'
        ).rows -%}
            {%- do remember_load(model_name, input_name, load, touched) -%}
        {%- endfor -%}
        {#- What is rebuilt has passed no test, and a log of before may lack the column. -#}
        {%- set log = log_table('ops_run_log') if not state.is_rebuilding else none -%}
        {%- if log is not none and flags.WHICH in ('build', 'test', 'retry') -%}
            {%- for node_name, newest_load in run_query(
                'select node_name, max(' ~ micros('newest_load') ~ ') from ' ~ log
                ~ " where resource_type = 'test' and (status = 'pass' or status = 'warn'"
                ~ " and instr(node_name, '__') > 0) group by node_name"
            ).rows -%}
                {%- do state.tested.update({node_name: newest_load}) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# remember_load(model_name, input_name, load, touched): adds a row to the state of the run. #}
{% macro remember_load(model_name, input_name, load, touched) -%}
    {%- set state = var('run_state') -%}
    {%- do state.watermarks.setdefault(model_name, {}).update({input_name: load}) -%}
    {%- do state.loads.setdefault(model_name, []).append({'load': load, 'touched': touched}) -%}
    {%- do state.update({'newest': [state.newest, load] | max}) -%}
{%- endmacro %}

{# next_load(): the microsecond of a load that begins now. #}
{% macro next_load() -%}
    {%- set now = modules.datetime.datetime.now(modules.pytz.utc) -%}
    {%- set now = (now.timestamp() * 1000000) | int -%}
    {{- return([now, var('run_state').newest + 1] | max) -}}
{%- endmacro %}

{# newest_load(model_name): the newest load that a model has registered, none while it has none. #}
{% macro newest_load(model_name) -%}
    {%- set loads = var('run_state').loads.get(model_name, []) -%}
    {{- return((loads | last).load if loads else none) -}}
{%- endmacro %}

{# watermark_row(model_name, input_name, load, previous, touched): a query of a new row. #}
{% macro watermark_row(model_name, input_name, load, previous, touched) -%}
    {%- do remember_load(model_name, input_name, load, touched) -%}
    {{- return(
        'select ' ~ text_literal(model_name) ~ ', ' ~ text_literal(input_name) ~ ', '
        ~ from_micros(load) ~ ', '
        ~ ('cast(null as timestamp)' if previous is none else from_micros(previous)) ~ ', '
        ~ text_literal(touched)
    ) -}}
{%- endmacro %}

{# insert_watermarks(rows): the statement that adds these rows. #}
{% macro insert_watermarks(rows) -%}
    insert into {{ watermarks() }} (model_name, input_name, load, previous_load, touched)
    {{ rows | join(' union all ') }}
{%- endmacro %}

{# Whether models are being built now, not parsed, compiled or tested: only then do queries run. #}
{% macro is_loading() -%}
    {{- return(
        execute and flags.WHICH in ('run', 'build', 'retry') and model.resource_type == 'model'
    ) -}}
{%- endmacro %}

{# dbt's own, but `dbt compile` needs no connection: it looks at the warehouse only in a build. #}
{% macro is_incremental() -%}
    {{- return(is_loading() and dbt.is_incremental()) -}}
{%- endmacro %}

{% macro read_since(plan, input, stamp='_changed_at') -%}
    {%- if not is_loading() -%}
        {{- return('true') -}}
    {%- endif -%}
    {%- set newest = newest_load(input.identifier) -%}
    {%- set taken = var('run_state').watermarks.get(this.identifier, {}).get(input.identifier) -%}
    {%- set previous = taken if is_incremental() else none -%}
    {%- if newest is none or previous is not none and newest <= previous -%}
        {{- return('false') -}}
    {%- endif -%}
    {%- do plan.inputs.update({input.identifier: {'newest': newest, 'previous': previous}}) -%}
    {%- set until = stamp ~ ' <= ' ~ from_micros(newest) -%}
    {{- return(
        until if previous is none else stamp ~ ' > ' ~ from_micros(previous) ~ ' and ' ~ until
    ) -}}
{%- endmacro %}

{# plan_comment(plan): the plan as a comment for the model's query; no text in it can end it. #}
{% macro plan_comment(plan) -%}
    {{- return(
        '/* plan: ' ~ (tojson(plan) | replace('/', '\\/')) ~ ' */' if is_loading() else ''
    ) -}}
{%- endmacro %}

{# plan_of(node): the plan in the compiled query of a node, none where it has none. #}
{% macro plan_of(node) -%}
    {%- set code = node.compiled_code or '' -%}
    {%- if '/* plan: ' not in code -%}
        {{- return(none) -}}
    {%- endif -%}
    {{- return(fromjson(code.split('/* plan: ')[-1].split(' */')[0])) -}}
{%- endmacro %}

{% macro save_watermarks() -%}
    {%- set plan = plan_of(model) if is_loading() else none -%}
    {%- set rows = [] -%}
    {%- for input, read in (plan.inputs if plan else {}).items() -%}
        {%- do rows.append(watermark_row(
            this.identifier, input, read.newest, read.previous,
            plan.touched or is_within(plan.bounds)
        )) -%}
    {%- endfor -%}
    {%- if rows -%}
        {{- insert_watermarks(rows) -}}
    {%- endif -%}
{%- endmacro %}

{#
  post-hook of silver_dimension_members: registers the load in which members changed, if one did.
  It asks the table, so that a load whose note was lost with its run is registered by the next.
#}
{% macro register_changed_members() -%}
    {%- set newest = run_query('select ' ~ micros('max(_changed_at)') ~ ' from ' ~ this).rows[0][0]
        if is_loading() else none -%}
    {%- set registered = newest_load(this.identifier) if newest is not none else none -%}
    {%- if newest is not none and newest != registered -%}
        {%- set changes = [] -%}
        {%- for dimension, count in run_query(
            'select dimension, count(distinct member_id) as changed from ' ~ this
            ~ ' where _changed_at = ' ~ from_micros(newest) ~ ' group by all order by all'
        ).rows if registered is not none -%}
            {%- do changes.append('{:,} {}'.format(count, dimension)) -%}
        {%- endfor -%}
        {%- if changes -%}
            {%- do log(
                'master data: came, left or changed are ' ~ changes | join(', '), info=true
            ) -%}
        {%- endif -%}
        {{- insert_watermarks([
            watermark_row(this.identifier, 'dimensions', newest, registered, 'true')
        ]) -}}
    {%- endif -%}
{%- endmacro %}
