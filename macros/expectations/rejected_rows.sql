{#
  rejected_rows(source, typed, events, id, content, delivered, lines): what silver leaves out of one source, a row
  each, for silver_quarantined_events:
    * rows of the CTE `typed` that break a `drop` expectation of the event-level model `events`;
    * versions in `events` that lost against another of the same id (`conflicting_duplicate`);
    * of a source with line items: those of the winners that break an expectation of `lines`, where
      `lines` holds fewer than there are.
  `content` maps the contract's fields, in order, to the columns of their texts, and a nested object or
  the line items to the list of their fields; the content of a line item is the event with that one item. The CTEs are
  named as the models they read; `is_of_file_with_rejects` and `is_of_day_with_rejects` may leave out
  what needs no look. `delivered` is a CTE of all versions in `events`: an event that was rejected whole is
  resolved by the first valid delivery of its id, whichever came first.

  `replaced_with` names the event whose change makes the row out of date; null for a rejected event,
  which nothing changes any more. `quarantine_id` is the row's key.
#}
{% macro rejected_rows(source, typed, events, id, content, delivered, lines=none) -%}
    {%- set columns = ['_source_file', '_ingested_at'] -%}
    {%- for field, column in content.items() -%}
        {%- do columns.append(column if column is string else field) -%}
    {%- endfor -%}
    with
    {%- if lines %}
    kept_lines as (
        select {{ id }}, count(*) as line_count
        from {{ lines }}
        where {{ id }} in (select {{ id }} from {{ events }})
        group by {{ id }}
    ),

    incomplete as (
        select {{ events }}.*
        from {{ events }}
        left join kept_lines on {{ events }}.{{ id }} = kept_lines.{{ id }}
        where is_current and line_item_count > coalesce(line_count, 0)
    ),
    {%- endif %}

    rejected as (
        select
            {{ columns | join(', ') }},
            {{ parse_items('items', line_item_fields()) ~ ' as item_list,' if lines }}
            cast(null as int) as line_number,
            _corrupt_record,
            case
                when _corrupt_record is not null then {{ names(['parsable']) }}
                else {{ failed_expectations(events) }}
            end as failed_expectations,
            cast(null as string) as replaced_with,
            cast(null as string) as place
        from {{ typed }}
        where not {{ meets_expectations(events) }}
        union all
        select
            {{ columns | join(', ') }},
            {{ parse_items('items', line_item_fields()) ~ ',' if lines }}
            null,
            null,
            {{ names(['conflicting_duplicate']) }},
            concat('{{ source }}:', {{ id }}),
            _version
        from {{ events }}
        where not is_current
        {%- if lines %}
        union all
        select
            {{ columns | join(', ') }},
            {{ array_of(['item']) }},
            line_number,
            null,
            {{ failed_expectations(lines) }},
            concat('{{ source }}:', {{ id }}),
            concat('line|', line_number)
        from {{ line_items('incomplete') }}
        where not {{ meets_expectations(lines) }}
        {%- endif %}
    ),

    parsed as (
        select
            *
            {%- for field, fields in content.items() if fields is not string and field != 'items' %},
            {{ parse_object(field, fields) }} as parsed_{{ field }}
            {%- endfor %}
        from rejected
    ),

    nested as (
        select
            *
            {%- for field, fields in content.items() if fields is not string %},
            {{ nested_json(field, fields) }} as {{ field }}_json
            {%- endfor %}
        from parsed
    ),

    written as (
        select
            *,
            coalesce(_corrupt_record, {{ content_json(content) }}) as raw_content
        from nested
    ),

    counted as (
        select
            *,
            row_number() over (
                partition by replaced_with, _source_file, raw_content order by _ingested_at
            ) as occurrence
        from written
    ),

    repaired as (
        select * from {{ first_deliveries(
            delivered, id, 'select ' ~ id ~ ' from counted where replaced_with is null'
        ) }}
    )

    select
        '{{ source }}' as source,
        counted.{{ id }} as event_id,
        counted.line_number,
        counted.failed_expectations,
        counted.raw_content,
        repaired.resolved_at,
        repaired.resolved_by,
        counted._source_file,
        counted._ingested_at,
        counted.replaced_with,
        md5(case
            when counted.replaced_with is null then concat_ws(
                '|', '{{ source }}', counted._source_file, counted.raw_content, cast(counted.occurrence as string)
            )
            else concat_ws('|', '{{ source }}', counted.{{ id }}, counted.place)
        end) as quarantine_id
    from counted
    left join repaired on counted.{{ id }} = repaired.event_id and counted.replaced_with is null
{%- endmacro %}


{# first_deliveries(delivered, id, ids): for a FROM clause: of these ids the first valid delivery, as event_id, resolved_at, resolved_by. #}
{% macro first_deliveries(delivered, id, ids) -%}
    (
        select
            {{ id }} as event_id,
            _ingested_at as resolved_at,
            _source_file as resolved_by
        from {{ delivered }}
        where {{ id }} in ({{ ids }})
        qualify row_number() over (partition by {{ id }} order by _ingested_at, _source_file) = 1
    )
{%- endmacro %}


{#
  and_repaired_rows(columns, rejected): after a query of the CTE `rejected`: and, on an incremental run,
  these columns of the rows that the quarantine holds open, as events that were rejected whole, and of
  which a valid delivery has come now. A row that is rejected anew is left to `rejected`.
#}
{% macro and_repaired_rows(columns, rejected) -%}
    {%- set is_open = 'resolved_at is null and replaced_with is null and event_id is not null' -%}
    {%- set repaired = [] -%}
    {%- set sources = run_query('select distinct source from ' ~ this ~ ' where ' ~ is_open).columns[0].values()
        if is_incremental() else [] -%}
    {%- for source in sources | sort -%}
        {%- set stream = event_streams()[source] -%}
        {%- set events = ref(stream.events) -%}
        {%- set changed = '(select * from ' ~ events ~ ' where ' ~ since_mark(events, '_changed_at') ~ ')' -%}
        {%- set open_ids = 'select event_id from ' ~ this ~ " where source = '" ~ source ~ "' and " ~ is_open -%}
        {%- do repaired.append(
            "select '" ~ source ~ "' as source, * from " ~ first_deliveries(changed, stream.id, open_ids)
        ) -%}
    {%- endfor -%}
    {%- if repaired -%}
    union all
    select
        {% for column in columns -%}
        {{ 'repaired.' if column in ('resolved_at', 'resolved_by') else 'held.' }}{{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ this }} as held
    inner join ({{ repaired | join(' union all ') }}) as repaired
        on held.source = repaired.source and held.event_id = repaired.event_id
    where
        held.resolved_at is null
        and held.replaced_with is null
        and held.quarantine_id not in (select quarantine_id from {{ rejected }})
    {%- endif -%}
{%- endmacro %}


{#
  is_of_file_with_rejects(typed, events): the condition on rows of the view `typed` that they belong to
  files from which fewer versions came into the event-level model `events` than there are lines. In the
  others no line is rejected, and none needs a look.
#}
{% macro is_of_file_with_rejects(typed, events) -%}
    {%- if not is_loading() -%}
        {{- return('true') -}}
    {%- endif -%}
    {%- set is_new = since_mark(typed, '_ingested_at') -%}
    {%- set files -%}
        select landed._source_file
        from (
            select _source_file, _ingested_at, count(*) as line_count
            from {{ typed }} where {{ is_new }} group by _source_file, _ingested_at
        ) as landed
        left join (
            select _source_file, _ingested_at, count(*) as version_count
            from {{ events }} where {{ is_new }} group by _source_file, _ingested_at
        ) as kept
            on landed._source_file = kept._source_file and landed._ingested_at = kept._ingested_at
        where line_count > coalesce(version_count, 0)
    {%- endset -%}
    {{- return('_source_file in (' ~ files ~ ')' if run_query(files ~ ' limit 1').rows else 'false') -}}
{%- endmacro %}


{#
  is_of_day_with_rejects(events, lines, id): the condition on current events that changed that they
  belong to days with fewer line items in the model `lines` than the events have, as a literal. On the
  others no line item is rejected.
#}
{% macro is_of_day_with_rejects(events, lines, id) -%}
    {%- if not is_loading() -%}
        {{- return('true') -}}
    {%- endif -%}
    {%- set days -%}
        select counted.date_key
        from (
            select date_key, sum(line_item_count) as item_count
            from {{ events }} where is_current and {{ since_mark(events, '_changed_at') }} group by date_key
        ) as counted
        left join (
            select date_key, count(*) as line_count
            from {{ lines }} where {{ is_of_changed(events, id) }} group by date_key
        ) as kept on counted.date_key = kept.date_key
        where item_count > coalesce(line_count, 0)
    {%- endset -%}
    {{- return(days_of(days)) -}}
{%- endmacro %}
