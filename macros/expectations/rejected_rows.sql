{#
  rejected_rows(source, typed, events, id, content, lines): what silver leaves out of one source, a row
  each, for silver_quarantined_events:
    * rows of the CTE `typed` that break a `drop` expectation of the event-level model `events`;
    * versions in `events` that lost against another of the same id (`conflicting_duplicate`);
    * of a source with line items: those of the winners that break an expectation of `lines`, where
      `lines` holds fewer than there are.
  `content` maps the contract's fields, in order, to SQL for their JSON texts; of a line item, the event
  with that one item. The CTEs are named as the models they read.

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
