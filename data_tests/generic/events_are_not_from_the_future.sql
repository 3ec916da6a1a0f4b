{#
  Warns of events that were rejected since the test last passed because they are dated after their
  arrival: how many, how far the newest was ahead of this machine's clock, and what to do where that
  clock is the wrong one.
#}
{% test events_are_not_from_the_future(model, stream) %}
{{ config(severity='warn', fail_calc='coalesce(sum(row_count), 0)', tags=['verdicts']) }}
{%- set command = 'dbt build --full-refresh --select ' ~ var('streams')[stream].bronze ~ '+' %}

with rejected as (
    select
        {{ micros('greatest(event_at, updated_at)') }} - {{ micros('_ingested_at') }}
            as micros_ahead
    from {{ model }}
    where
        {{ touched(model) }}
        and verdict = 'rejected'
        and array_contains(failed_expectations, 'not_from_the_future')
),

counted as (
    select
        count(*) as row_count,
        {{ quotient('max(micros_ahead)', '3600000000', 1) }} as newest_hours_ahead
    from rejected
)

select
    row_count,
    newest_hours_ahead,
    'mend the clock, then {{ command }}' as if_the_clock_of_this_machine_is_wrong
from counted
where row_count > 0
{% endtest %}
