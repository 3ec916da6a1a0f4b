{{ config(materialized='view') }}
{%- set verdicts = "('current', 'corrected', 'superseded', 'duplicate', 'rejected')" %}

with silver_quarantined_events as (
    select
        *,
        case
            when line_number is null then 'quarantined events'
            else 'quarantined line items'
        end as part
    from {{ ref('silver_quarantined_events') }}
),

ops_landed_files as (
    select * from {{ ref('ops_landed_files') }}
),

ops_batch_manifests as (
    select * from {{ ref('ops_batch_manifests') }}
),

watermarks as (
    select * from {{ watermarks() }}
),

-- What each table holds of each file, counted for itself: so the sums can fail. The tables are read
-- here, not in CTEs of their own, for an engine may keep in memory what is read more than once.
counted as (
    {%- for stream, registry in var('streams').items() %}
    select
        '{{ stream }}' as stream,
        _source_file,
        'bronze' as part,
        count(*) as row_count,
        max(_ingested_at) as noted_at
    from {{ ref(registry.bronze) }}
    group by _source_file
    union all
    select
        '{{ stream }}' as stream,
        _source_file,
        verdict as part,
        count(*) as row_count,
        max(_ingested_at) as noted_at
    from {{ ref(registry.deliveries) }}
    group by _source_file, verdict
    union all
    select
        '{{ stream }}' as stream,
        _source_file,
        'line items' as part,
        sum({{ 'line_item_count' if registry.lines else 1 }}) as row_count,
        max(_changed_at) as noted_at
    from {{ ref(registry.deliveries) }}
    where verdict = 'current'
    group by _source_file
    union all
    select
        '{{ stream }}' as stream,
        _source_file,
        'silver' as part,
        count(*) as row_count,
        cast(null as timestamp) as noted_at
    from {{ ref(registry.silver) }}
    group by _source_file
    union all
    -- A fact does not know the files; the current deliveries of its events do.
    select
        '{{ stream }}' as stream,
        deliveries._source_file,
        'fact' as part,
        count(*) as row_count,
        cast(null as timestamp) as noted_at
    from {{ ref(registry.deliveries) }} as deliveries
    inner join {{ ref(registry.fact) }} as fact
        on deliveries.{{ registry.id }} = fact.{{ registry.fact_id }}
        and deliveries.event_at = fact.event_at
    where deliveries.verdict = 'current'
    group by deliveries._source_file
    union all
    {%- endfor %}
    select
        source as stream,
        _source_file,
        part,
        count(*) as row_count,
        cast(null as timestamp) as noted_at
    from silver_quarantined_events
    group by source, _source_file, part
    union all
    select
        stream,
        _source_file,
        case when state = 'waiting' then 'waiting' else 'landed' end as part,
        line_count as row_count,
        _ingested_at as noted_at
    from ops_landed_files
    union all
    select
        stream,
        item.path as _source_file,
        'manifest' as part,
        item.lines as row_count,
        cast(null as timestamp) as noted_at
    from {{ explode_items('ops_batch_manifests', 'files') }} as manifest_files
),

files as (
    select
        stream,
        _source_file,
        max(case when part = 'landed' then row_count end) as ledger_line_count,
        min(case when part = 'manifest' then row_count end) as least_manifest_line_count,
        max(case when part = 'manifest' then row_count end) as greatest_manifest_line_count,
        count(case when part = 'waiting' then 1 end) > 0 as is_waiting,
        coalesce(sum(case when part = 'bronze' then row_count end), 0) as bronze_row_count,
        coalesce(sum(case when part = 'current' then row_count end), 0) as silver_event_count,
        coalesce(sum(case when part = 'quarantined events' then row_count end), 0)
            as quarantined_event_count,
        coalesce(sum(case when part = 'duplicate' then row_count end), 0) as duplicate_count,
        coalesce(sum(case when part = 'corrected' then row_count end), 0) as corrected_count,
        coalesce(sum(case when part in {{ verdicts }} then row_count end), 0) as delivery_count,
        coalesce(sum(case when part = 'line items' then row_count end), 0) as line_item_count,
        coalesce(sum(case when part = 'silver' then row_count end), 0) as kept_line_item_count,
        coalesce(sum(case when part = 'quarantined line items' then row_count end), 0)
            as quarantined_line_item_count,
        coalesce(sum(case when part = 'fact' then row_count end), 0) as fact_row_count,
        max(case when part = 'bronze' then noted_at end) as bronze_ingested_at,
        max(case when part in {{ verdicts }} then noted_at end) as delivered_at,
        max(case when part in ('bronze', 'landed') then noted_at end) as _ingested_at,
        max(case when part = 'line items' then noted_at end) as changed_at
    from counted
    group by stream, _source_file
),

-- How far the fact of each stream has read its deliveries.
loaded as (
    {%- for stream, registry in var('streams').items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ stream }}' as stream,
        max(load) as loaded_until
    from watermarks
    where model_name = '{{ registry.fact }}' and input_name = '{{ registry.deliveries }}'
    {%- endfor %}
),

with_lines as (
    select
        files.*,
        -- Of several manifests, one that does not agree; else the ledger.
        coalesce(
            case
                when greatest_manifest_line_count <> bronze_row_count
                    then greatest_manifest_line_count
                when least_manifest_line_count <> bronze_row_count
                    then least_manifest_line_count
            end,
            ledger_line_count,
            greatest_manifest_line_count,
            bronze_row_count
        ) as landed_line_count,
        changed_at is null or coalesce(changed_at <= loaded.loaded_until, false) as is_loaded
    from files
    left join loaded on files.stream = loaded.stream
),

compared as (
    select
        *,
        bronze_row_count - landed_line_count as bronze_difference,
        silver_event_count + quarantined_event_count + duplicate_count + corrected_count
        - bronze_row_count as silver_difference,
        kept_line_item_count + quarantined_line_item_count - line_item_count
            as line_item_difference,
        fact_row_count - kept_line_item_count as fact_difference
    from with_lines
),

judged as (
    select
        *,
        case
            when bronze_row_count = 0 and delivery_count = 0 and is_waiting then 'waiting'
            when bronze_difference <> 0 or line_item_difference <> 0 then 'unaccounted'
            when silver_difference <> 0 and delivery_count > 0 then 'unaccounted'
            when silver_difference <> 0 then 'waiting'
            when fact_difference <> 0 and is_loaded then 'unaccounted'
            when fact_difference <> 0 then 'waiting'
            else 'accounted'
        end as verdict
    from compared
),

final as (
    select
        stream,
        _source_file,
        cast(landed_line_count as bigint) as landed_line_count,
        cast(bronze_row_count as bigint) as bronze_row_count,
        cast(silver_event_count as bigint) as silver_event_count,
        cast(quarantined_event_count as bigint) as quarantined_event_count,
        cast(duplicate_count as bigint) as duplicate_count,
        cast(corrected_count as bigint) as corrected_count,
        cast(line_item_count as bigint) as line_item_count,
        cast(kept_line_item_count as bigint) as kept_line_item_count,
        cast(quarantined_line_item_count as bigint) as quarantined_line_item_count,
        cast(fact_row_count as bigint) as fact_row_count,
        cast(bronze_difference as bigint) as bronze_difference,
        cast(silver_difference as bigint) as silver_difference,
        cast(line_item_difference as bigint) as line_item_difference,
        cast(fact_difference as bigint) as fact_difference,
        verdict,
        case
            when verdict = 'unaccounted' then concat_ws(
                '; ',
                case
                    when bronze_difference <> 0 then concat(
                        landed_line_count, ' lines landed, ',
                        bronze_row_count, ' are in bronze'
                    )
                end,
                case
                    when silver_difference <> 0 and bronze_ingested_at > delivered_at then concat(
                        'bronze read the file again, and has ', bronze_row_count,
                        ' lines of it now, silver ', delivery_count,
                        ': dbt build --full-refresh --select silver_', stream, '_deliveries+'
                    )
                    when silver_difference <> 0 then concat(
                        'of ', bronze_row_count, ' lines in bronze, ',
                        silver_event_count, ' are in silver, ',
                        quarantined_event_count, ' in the quarantine, ',
                        duplicate_count, ' duplicates',
                        case
                            when corrected_count > 0 then concat(', ', corrected_count, ' corrected')
                            else ''
                        end
                    )
                end,
                case
                    when line_item_difference <> 0 then concat(
                        'of ', line_item_count, ' line items, ',
                        kept_line_item_count, ' are in silver, ',
                        quarantined_line_item_count, ' in the quarantine'
                    )
                end,
                case
                    when fact_difference <> 0 and is_loaded then concat(
                        'of ', kept_line_item_count, ' rows in silver, ',
                        fact_row_count, ' are in the fact'
                    )
                end
            )
        end as breach,
        _ingested_at
    from judged
)

select * from final
