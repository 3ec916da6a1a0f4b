{#
  Warns of rows that other rules judged than today's: with how many, and the command that judges
  them anew.
#}
{% test rows_have_present_rules(model, stream) %}
{{ config(severity='warn', fail_calc='coalesce(sum(row_count), 0)', tags=['verdicts']) }}
{%- set command = 'dbt build --select ' ~ var('streams')[stream].deliveries ~ '+ --vars ' %}

with judged_otherwise as (
    select
        count(*) as row_count,
        min({{ utc_date('coalesce(event_at, _ingested_at)') }}) as first_day,
        max({{ utc_date('coalesce(event_at, _ingested_at)') }}) as last_day
    from {{ model }}
    where _rules <> '{{ rules_of(stream) }}'
)

select
    row_count,
    concat(
        '{{ command }}''{rejudge: ', '{', '{{ stream }}: [', first_day, ', ', last_day, ']}}'''
    ) as judge_anew_by
from judged_otherwise
where row_count > 0
{% endtest %}
