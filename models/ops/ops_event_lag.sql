{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['stream', '_ingested_at'],
    post_hook='{{ save_watermarks() }}',
) }}
{%- set plan = {'inputs': {}, 'bounds': none} %}
{%- set is_new, touched = {}, [] %}
{%- for stream, registry in var('streams').items() %}
    {%- do is_new.update({stream: read_since(plan, ref(registry.deliveries), '_load')}) %}
    {%- if is_new[stream] != 'false' %}
        {%- do touched.append("stream = '" ~ stream ~ "' and " ~ is_new[stream]) %}
    {%- endif %}
{%- endfor %}
{%- do plan.update({'touched': touched | join(' or ')}) %}

-- All events of the arrivals of which a load of deliveries has read something.
with arrived as (
    {%- for stream, registry in var('streams').items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ stream }}' as stream,
        event_at,
        _ingested_at,
        _load
    from {{ ref(registry.deliveries) }}
    where
        verdict not in ('duplicate', 'rejected')
        and _ingested_at in (
            select _ingested_at from {{ ref(registry.deliveries) }}
            where {{ is_new[stream] }}
        )
    {%- endfor %}
),

-- What a wrong clock dates after its arrival is no measure for the others.
arrivals as (
    select
        stream,
        _ingested_at,
        max(case when event_at <= _ingested_at then event_at end) as newest_event_at
    from arrived
    group by stream, _ingested_at
),

all_arrivals as (
    select
        stream,
        _ingested_at,
        newest_event_at
    from arrivals
    {%- if is_incremental() %}
    union all
    select
        stream,
        _ingested_at,
        newest_event_at
    from {{ this }} as existing
    where not exists (
        select 1 from arrivals
        where existing.stream = arrivals.stream and existing._ingested_at = arrivals._ingested_at
    )
    {%- endif %}
),

compared as (
    select
        *,
        max(newest_event_at) over (
            partition by stream
            order by _ingested_at
            rows between unbounded preceding and 1 preceding
        ) as newest_event_before
    from all_arrivals
),

lagging as (
    select
        compared.stream,
        compared._ingested_at,
        compared.newest_event_at,
        arrived._load,
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
        _load,
        newest_event_at,
        greatest(coalesce(lag_micros, 0), 0) as lag_micros
    from lagging
),

measured as (
    select
        stream,
        count(*) as event_count,
        count(
            case when lag_micros > {{ var('lateness_budget_hours') }} * 3600000000 then 1 end
        ) as late_event_count,
        percentile_disc(0.5) within group (order by lag_micros) as p50_micros,
        percentile_disc(0.95) within group (order by lag_micros) as p95_micros,
        max(lag_micros) as max_micros,
        max(newest_event_at) as newest_event_at,
        _ingested_at,
        max(_load) as _load
    from floored
    group by stream, _ingested_at
),

final as (
    select
        stream,
        event_count,
        late_event_count,
        {{ quotient('late_event_count', 'event_count', 6) }} as late_share,
        {{ quotient('p50_micros', '3600000000', 2) }} as p50_lag_hours,
        {{ quotient('p95_micros', '3600000000', 2) }} as p95_lag_hours,
        {{ quotient('max_micros', '3600000000', 2) }} as max_lag_hours,
        newest_event_at,
        _ingested_at,
        _load
    from measured
)

select * from final
{{ plan_comment(plan) }}
