{#
  rejected_rows(source, typed, events, id, content, lines): what silver leaves out of one source, a row
  each, for silver_quarantined_events:
    * rows of the CTE `typed` that break a `drop` expectation of the event-level model `events`;
    * versions in `events` that lost against another of the same id (`conflicting_duplicate`);
    * of a source with line items: those of the winners that break an expectation of `lines`, where
      `lines` holds fewer than there are.
  `content` maps the contract's fields, in order, to SQL for their JSON texts; of a line item, the event
  with that one item. The CTEs are named as the models they read; `is_of_file_with_rejects` and
  `is_of_day_with_rejects` may leave out what needs no look.

  `replaced_with` names the event whose change makes the row out of date; null for a rejected event,
  which nothing changes any more. `quarantine_id` is the row's key.
#}
{% macro rejected_rows(source, typed, events, id, content, lines=none) -%}
    with invalid as (
        select
            {{ id }} as event_id,
            case
                when _corrupt_record is not null then {{ names(['parsable']) }}
                else {{ failed_expectations(events) }}
            end as failed_expectations,
            coalesce(_corrupt_record, {{ json_object(content) }}) as raw_content,
            _source_file,
            _ingested_at
        from {{ typed }}
        where not {{ meets_expectations(events) }}
    ),

    counted as (
        select
            *,
            row_number() over (
                partition by _source_file, raw_content order by _ingested_at
            ) as occurrence
        from invalid
    )
    {%- if lines %},

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
    )
    {%- endif %}

    select
        '{{ source }}' as source,
        event_id,
        cast(null as int) as line_number,
        failed_expectations,
        raw_content,
        cast(null as timestamp) as resolved_at,
        cast(null as string) as resolved_by,
        _source_file,
        _ingested_at,
        cast(null as string) as replaced_with,
        md5(concat_ws('|', '{{ source }}', _source_file, raw_content, cast(occurrence as string))) as quarantine_id
    from counted
    union all
    select
        '{{ source }}',
        {{ id }},
        null,
        {{ names(['conflicting_duplicate']) }},
        {{ json_object(content) }},
        null,
        null,
        _source_file,
        _ingested_at,
        concat('{{ source }}:', {{ id }}),
        md5(concat_ws('|', '{{ source }}', {{ id }}, _version))
    from {{ events }}
    where not is_current
    {%- if lines %}
    union all
    select
        '{{ source }}',
        {{ id }},
        line_number,
        {{ failed_expectations(lines) }},
        {{ json_object(dict(content, items="concat('[', " ~ line_item_json('item') ~ ", ']')")) }},
        null,
        null,
        _source_file,
        _ingested_at,
        concat('{{ source }}:', {{ id }}),
        md5(concat_ws('|', '{{ source }}', {{ id }}, 'line', cast(line_number as string)))
    from {{ line_items('incomplete') }}
    where not {{ meets_expectations(lines) }}
    {%- endif %}
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
