{#
  How far each incremental model has read each of its inputs: table `load_marks`, a row per model,
  input and load that found something new. A model names its input with `since_mark(…)`, which notes
  the newest stamp it will read; the post-hook `save_load_marks()` writes that note down, in the
  model's own transaction on DuckDB and right after its one statement on Databricks: a run that dies
  before it only repeats the same rows. Rows are only ever appended, so models that finish at the
  same moment never conflict.
#}

{% macro load_marks() -%}
    {{- return(api.Relation.create(database=target.database, schema=target.schema, identifier='load_marks')) -}}
{%- endmacro %}


{% macro create_load_marks() -%}
    create table if not exists {{ load_marks() }} (
        model_name string not null,
        input_name string not null,
        mark timestamp not null,
        previous_mark timestamp,
        touched_days string not null
    )
{%- endmacro %}


{# Whether models are being built now, as opposed to parsed, compiled or tested: only then are queries run. #}
{% macro is_loading() -%}
    {{- return(execute and flags.WHICH in ('run', 'build', 'retry') and model.resource_type == 'model') -}}
{%- endmacro %}


{# dbt's own, but without a look at the warehouse when nothing is built: `dbt compile` needs no connection. #}
{% macro is_incremental() -%}
    {{- return(is_loading() and dbt.is_incremental()) -}}
{%- endmacro %}


{#
  since_mark(input, stamp): the condition on the rows of `input` that this model has yet to read:
  `stamp` (a column of the input that grows from batch to batch) above the mark and up to the newest
  there is now, both as literals so that the engine prunes; `false` where there is none. All rows on a
  first load, but those without a stamp. Asked again in
  the same model, it gives the same condition, so that all of the model reads up to the same stamp.
#}
{% macro since_mark(input, stamp) -%}
    {%- if not is_loading() -%}
        {{- return('true') -}}
    {%- elif input.identifier in load_notes() -%}
        {{- return(load_notes()[input.identifier].condition) -}}
    {%- endif -%}

    {%- set newest, mark = run_query(
        "select (select max(" ~ micros(stamp) ~ ") from " ~ input ~ ") as newest, "
        ~ "(select max(" ~ micros('mark') ~ ") from " ~ load_marks()
        ~ " where model_name = '" ~ this.identifier ~ "' and input_name = '" ~ input.identifier ~ "') as mark"
    ).rows[0] -%}
    {%- set mark = mark if is_incremental() else none -%}
    {%- if newest is none -%}
        {{- return('false') -}}
    {%- endif -%}

    {%- set condition = stamp ~ ' <= ' ~ from_micros(newest) -%}
    {%- if mark is not none and newest <= mark -%}
        {%- set newest, condition = mark, 'false' -%}
    {%- elif mark is not none -%}
        {%- set condition = stamp ~ ' > ' ~ from_micros(mark) ~ ' and ' ~ condition -%}
    {%- endif -%}
    {%- do load_notes().update({input.identifier: {
        'relation': input, 'condition': condition, 'newest': newest, 'mark': mark, 'touched_days': 'true'
    }}) -%}
    {{- return(condition) -}}
{%- endmacro %}


{#
  is_of_changed(versions, id, keyed): the condition on rows of a model with date_key and `id` that they
  belong to ids which changed in `versions` (an event-level model) since this model's mark, or which
  `keyed` (a silver model) has keyed again since, and to their days, as literals. All rows on a first load.
#}
{% macro is_of_changed(versions, id, keyed=none) -%}
    {%- set conditions = [(versions, since_mark(versions, '_changed_at'))] -%}
    {%- if keyed is not none -%}
        {%- do conditions.append((keyed, since_mark(keyed, '_keyed_at'))) -%}
    {%- endif -%}
    {%- if not is_incremental() -%}
        {{- return('true') -}}
    {%- endif -%}
    {%- set days, ids = [], [] -%}
    {%- for relation, condition in conditions if condition != 'false' -%}
        {%- do days.append('select date_key from ' ~ relation ~ ' where ' ~ condition) -%}
        {%- do ids.append('select ' ~ id ~ ' from ' ~ relation ~ ' where ' ~ condition) -%}
    {%- endfor -%}
    {%- if not ids -%}
        {{- return('false') -}}
    {%- endif -%}
    {{- return(days_of(days | join(' union all ')) ~ ' and ' ~ id ~ ' in (' ~ ids | join(' union all ') ~ ')') -}}
{%- endmacro %}


{#
  What this model's since_mark calls found in this invocation, by input. The node's meta carries it
  from compilation to post-hook, and to later invocations where a program keeps the manifest.
#}
{% macro load_notes() -%}
    {%- set notes = config.get('meta').setdefault('load_notes', {}) -%}
    {{- return(notes.setdefault(invocation_id, {})) -}}
{%- endmacro %}


{% macro save_load_marks() -%}
    {%- set fresh = [] -%}
    {%- for input, note in (load_notes() if is_loading() else {}).items() if note.newest != note.mark -%}
        {%- do fresh.append(
            "select '" ~ this.identifier ~ "', '" ~ input ~ "', " ~ from_micros(note.newest) ~ ", "
            ~ (from_micros(note.previous or note.mark) if note.mark is not none else "cast(null as timestamp)")
            ~ ", '" ~ note.touched_days ~ "'"
        ) -%}
    {%- endfor -%}
    {%- if fresh -%}
        insert into {{ load_marks() }} (model_name, input_name, mark, previous_mark, touched_days)
        {{ fresh | join(' union all ') }}
    {%- endif -%}
{%- endmacro %}
