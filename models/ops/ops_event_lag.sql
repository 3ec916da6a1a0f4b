{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    unique_key=['stream', '_ingested_at'],
    meta={'replaces': ['stream', '_ingested_at']},
    post_hook='{{ save_load_marks() }}',
) }}

with arrived as (
    select * from {{ arrivals_of_all(reconciled_streams(ref)) }}
),

-- What a wrong clock dates after its arrival is no measure for the others.
loads as (
    select
        stream,
        _ingested_at,
        max(case when event_at <= _ingested_at then event_at end) as newest_event_at
    from arrived
    group by stream, _ingested_at
    {{ and_held_rows(['stream', '_ingested_at', 'newest_event_at'], 'true') }}
),

compared as (
    select
        *,
        max(newest_event_at) over (
            partition by stream
            order by _ingested_at
            rows between unbounded preceding and 1 preceding
        ) as newest_event_before
    from loads
),

lagging as (
    select
        compared.stream,
        compared._ingested_at,
        compared.newest_event_at,
        {{ micros('compared.newest_event_before') }}
        - {{ micros('arrived.event_at') }} as lag_micros
    from arrived
    inner join compared
        on arrived.stream = compared.stream and arrived._ingested_at = compared._ingested_at
),

floored as (
    select
        stream,
        _ingested_at,
        newest_event_at,
        greatest(coalesce(lag_micros, 0), 0) as lag_micros
    from lagging
),

measured as (
    select
        stream,
        count(*) as event_count,
        count(case when lag_micros > {{ lateness_budget_micros() }} then 1 end) as late_event_count,
        percentile_disc(0.5) within group (order by lag_micros) as p50_micros,
        percentile_disc(0.95) within group (order by lag_micros) as p95_micros,
        max(lag_micros) as max_micros,
        max(newest_event_at) as newest_event_at,
        _ingested_at
    from floored
    group by stream, _ingested_at
),

final as (
    select
        stream,
        event_count,
        late_event_count,
        {{ quotient('late_event_count', 'event_count', 6) }} as late_share,
        {{ quotient('p50_micros', micros_an_hour(), 2) }} as p50_lag_hours,
        {{ quotient('p95_micros', micros_an_hour(), 2) }} as p95_lag_hours,
        {{ quotient('max_micros', micros_an_hour(), 2) }} as max_lag_hours,
        newest_event_at,
        _ingested_at
    from measured
)

select * from final
