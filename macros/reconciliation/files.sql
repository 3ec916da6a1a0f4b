{#
  file_accounts(streams, manifests, landed_files): for a FROM clause: the rows of ops_reconciliation for the
  files within the streams' scopes, and for files that a manifest names and nobody has seen.
#}
{% macro file_accounts(streams, manifests, landed_files) -%}
    (
        with counted as (
            select * from {{ lines_by_file_of_all(streams) }}
        ),

        manifests as (
            select * from {{ manifests }}
        ),

        manifested as (
            select
                stream,
                {{ file_name('item.path') }} as file_name,
                min(item.lines) as least_line_count,
                max(item.lines) as greatest_line_count
            from {{ explode_items('manifests', 'files') }} as batch_files
            group by stream, {{ file_name('item.path') }}
        ),

        landed_files as (
            select
                *,
                {{ file_name('_source_file') }} as file_name
            from {{ landed_files }}
        ),

        known as (
            select
                coalesce(counted.stream, landed_files.stream) as stream,
                coalesce(counted._source_file, landed_files._source_file) as _source_file,
                landed_files.line_count,
                coalesce(landed_files.state = 'waiting', false) as is_waiting,
                coalesce(counted.bronze_row_count, 0) as bronze_row_count,
                coalesce(counted.silver_event_count, 0) as silver_event_count,
                coalesce(counted.quarantined_event_count, 0) as quarantined_event_count,
                coalesce(counted.duplicate_count, 0) as duplicate_count,
                coalesce(counted.line_item_count, 0) as line_item_count,
                coalesce(counted.kept_line_item_count, 0) as kept_line_item_count,
                coalesce(counted.quarantined_line_item_count, 0) as quarantined_line_item_count,
                coalesce(counted.is_read, true) as is_read,
                coalesce(counted._ingested_at, landed_files._ingested_at) as _ingested_at
            from counted
            full outer join (select * from landed_files where {{ is_in_scope(streams) }}) as landed_files
                on counted.stream = landed_files.stream and counted._source_file = landed_files._source_file
        ),

        with_manifests as (
            select
                known.*,
                -- Of several manifests, one that does not agree.
                case
                    when manifested.greatest_line_count = known.bronze_row_count then manifested.least_line_count
                    else manifested.greatest_line_count
                end as manifest_line_count
            from known
            left join manifested
                on known.stream = manifested.stream and {{ file_name('known._source_file') }} = manifested.file_name
            union all
            select
                manifested.stream,
                concat(manifested.stream, '/', manifested.file_name),
                null, false, 0, 0, 0, 0, 0, 0, 0, true, null,
                manifested.greatest_line_count
            from manifested
            left join landed_files
                on manifested.stream = landed_files.stream and manifested.file_name = landed_files.file_name
            where landed_files.file_name is null
        ),

        with_lines as (
            select
                *,
                coalesce(
                    case when manifest_line_count <> bronze_row_count then manifest_line_count end,
                    line_count,
                    manifest_line_count,
                    bronze_row_count
                ) as landed_line_count
            from with_manifests
        ),

        compared as (
            select
                *,
                bronze_row_count - landed_line_count as bronze_difference,
                silver_event_count + quarantined_event_count + duplicate_count - bronze_row_count
                    as silver_difference,
                kept_line_item_count + quarantined_line_item_count - line_item_count as line_item_difference
            from with_lines
        ),

        judged as (
            select
                *,
                case
                    when bronze_difference = 0 and silver_difference = 0 and line_item_difference = 0 then 'accounted'
                    when bronze_difference = 0 and not is_read then 'waiting'
                    when bronze_row_count = 0 and silver_event_count = 0 and is_waiting then 'waiting'
                    else 'unaccounted'
                end as verdict
            from compared
        )

        select
            stream,
            _source_file,
            cast(landed_line_count as bigint) as landed_line_count,
            cast(bronze_row_count as bigint) as bronze_row_count,
            cast(silver_event_count as bigint) as silver_event_count,
            cast(quarantined_event_count as bigint) as quarantined_event_count,
            cast(duplicate_count as bigint) as duplicate_count,
            cast(line_item_count as bigint) as line_item_count,
            cast(kept_line_item_count as bigint) as kept_line_item_count,
            cast(quarantined_line_item_count as bigint) as quarantined_line_item_count,
            cast(bronze_difference as bigint) as bronze_difference,
            cast(silver_difference as bigint) as silver_difference,
            cast(line_item_difference as bigint) as line_item_difference,
            verdict,
            case
                when verdict = 'unaccounted' then concat_ws(
                    '; ',
                    case
                        when bronze_difference <> 0
                            then concat(landed_line_count, ' lines landed, ', bronze_row_count, ' are in bronze')
                    end,
                    case
                        when silver_difference <> 0 then concat(
                            'of ', bronze_row_count, ' lines in bronze, ', silver_event_count, ' are in silver, ',
                            quarantined_event_count, ' in the quarantine, ', duplicate_count, ' duplicates'
                        )
                    end,
                    case
                        when line_item_difference <> 0 then concat(
                            'of ', line_item_count, ' line items, ', kept_line_item_count, ' are in silver, ',
                            quarantined_line_item_count, ' in the quarantine'
                        )
                    end
                )
            end as breach,
            _ingested_at
        from judged
    )
{%- endmacro %}


{# For a FROM clause: lines_by_file of each stream, with its name as `stream`. #}
{% macro lines_by_file_of_all(streams) -%}
    {%- set parts = {} -%}
    {%- for stream in streams -%}
        {%- do parts.update({stream.name: 'select * from ' ~ lines_by_file(stream) ~ ' as files'}) -%}
    {%- endfor -%}
    {{- union_of_streams(parts) -}}
{%- endmacro %}


{#
  lines_by_file(stream): for a FROM clause: what became of the lines of each file of a stream, a row
  a file: what bronze, silver and the quarantine hold of it, each counted by itself, so that the sums can
  fail. `is_read` says that silver and the quarantine have read all that the file's rows depend on.
#}
{% macro lines_by_file(stream) -%}
    (
        with counted as (
            select
                _source_file,
                count(*) as bronze_row_count,
                0 as silver_event_count,
                0 as quarantined_event_count,
                0 as duplicate_count,
                0 as line_item_count,
                0 as kept_line_item_count,
                0 as quarantined_line_item_count,
                max(_ingested_at) as _ingested_at,
                cast(null as timestamp) as _changed_at
            from {{ stream.bronze }}
            where {{ stream.scope }}
            group by _source_file
            union all
            select
                _source_file,
                0,
                count(case when is_current then 1 end),
                0,
                0,
                sum(case when is_current then {{ 'line_item_count' if stream.has_line_items else 1 }} else 0 end),
                0,
                0,
                null,
                max(_changed_at)
            from {{ stream.events }}
            where {{ stream.scope }}
            group by _source_file
            union all
            select _source_file, 0, 0, 0, 0, 0, count(*), 0, null, null
            from {{ stream.rows }}
            where {{ stream.scope }}
            group by _source_file
            union all
            select _source_file, 0, 0, count(*) - count(line_number), 0, 0, 0, count(line_number), null, null
            from {{ stream.quarantine }}
            where source = '{{ stream.name }}' and {{ stream.scope }}
            group by _source_file
            union all
            select _source_file, 0, 0, 0, count(*), 0, 0, 0, null, null
            from {{ duplicate_deliveries(stream) }} as duplicates
            group by _source_file
        ),

        files as (
            select
                _source_file,
                sum(bronze_row_count) as bronze_row_count,
                sum(silver_event_count) as silver_event_count,
                sum(quarantined_event_count) as quarantined_event_count,
                sum(duplicate_count) as duplicate_count,
                sum(line_item_count) as line_item_count,
                sum(kept_line_item_count) as kept_line_item_count,
                sum(quarantined_line_item_count) as quarantined_line_item_count,
                max(_ingested_at) as _ingested_at,
                max(_changed_at) as _changed_at
            from counted
            group by _source_file
        ),

        marks as (
            select
                least({{ mark_of(stream.events, stream.typed) }}, {{ mark_of(stream.quarantine, stream.typed) }})
                    as landed_until,
                least({{ mark_of(stream.rows, stream.events) }}, {{ mark_of(stream.quarantine, stream.events) }})
                    as changed_until
            from {{ load_marks() }}
        )

        select
            files._source_file,
            files.bronze_row_count,
            files.silver_event_count,
            files.quarantined_event_count,
            files.duplicate_count,
            files.line_item_count,
            files.kept_line_item_count,
            files.quarantined_line_item_count,
            (files._ingested_at is null or coalesce(files._ingested_at <= marks.landed_until, false))
            and (files._changed_at is null or coalesce(files._changed_at <= marks.changed_until, false)) as is_read,
            files._ingested_at
        from files
        cross join marks
    )
{%- endmacro %}


{# An aggregate over load_marks: how far a model has read an input. #}
{% macro mark_of(model, input) -%}
    max(case when model_name = '{{ model.identifier }}' and input_name = '{{ input.identifier }}' then mark end)
{%- endmacro %}
