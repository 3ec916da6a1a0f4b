{{ config(severity='warn', tags=['reconciliation']) }}

select
    stream,
    late_event_count as events_beyond_budget,
    event_count as of_events,
    max_lag_hours
from {{ ref('ops_event_lag') }}
where late_event_count > 0 and {{ touched(ref('ops_event_lag')) }}
