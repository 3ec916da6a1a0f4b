{#
  With `--vars '{test_scope: all}'` and only then: judges all deliveries anew, by windows over the
  whole history, and compares with the stored verdicts. Rows that other rules judged keep their
  rejection, of which rows_have_present_rules warns.
#}
{% test verdicts_are_those_of_judging_anew(model, stream) %}
{{ config(tags=['verdicts']) }}
{%- set registry = var('streams')[stream] %}
{%- set id = registry.id %}
{%- set place = registry.place or 'cast(null as string)' %}

with deliveries as (
    select
        *,
        case
            when _rules = '{{ rules_of(stream) }}'
                then {{ meets_expectations(registry.deliveries) }}
            else verdict <> 'rejected'
        end as is_valid
    from {{ model }}
    where {{ 'true' if var('test_scope') == 'all' else 'false' }}
),

texts as (
    select
        {{ id }},
        {{ place }} as place,
        event_at,
        updated_at,
        coalesce(updated_at, event_at) as stated_at,
        case when is_valid then md5({{ event_text(stream) }}) end as version,
        is_valid,
        verdict,
        _delivery,
        _duplicate_of,
        _source_file,
        _ingested_at,
        _load
    from deliveries
),

numbered as (
    select
        *,
        row_number() over (
            partition by {{ id }}, version order by _load, _ingested_at, _source_file, _delivery
        ) as delivery_number,
        first_value(_delivery) over (
            partition by {{ id }}, version order by _load, _ingested_at, _source_file, _delivery
        ) as standing_delivery,
        min(_source_file) over (partition by {{ id }}, version) as first_file
    from texts
    where is_valid
),

winners as (
    select
        {{ id }},
        version,
        stated_at,
        updated_at,
        event_at,
        place
    from numbered
    qualify row_number() over (
        partition by {{ id }}
        order by stated_at desc, event_at desc, first_file desc, version desc
    ) = 1
),

judged as (
    select
        numbered.{{ id }},
        numbered._source_file,
        numbered.verdict,
        numbered._duplicate_of,
        case
            when numbered.delivery_number > 1 then 'duplicate'
            when numbered.version = winners.version then 'current'
            when
                winners.updated_at > numbered.stated_at
                and winners.event_at = numbered.event_at
                and winners.place is not distinct from numbered.place
                then 'corrected'
            else 'superseded'
        end as verdict_anew,
        case when numbered.delivery_number > 1 then numbered.standing_delivery end
            as duplicate_of_anew
    from numbered
    inner join winners on numbered.{{ id }} = winners.{{ id }}
    union all
    select
        {{ id }},
        _source_file,
        verdict,
        _duplicate_of,
        'rejected' as verdict_anew,
        cast(null as string) as duplicate_of_anew
    from texts
    where not is_valid
)

select
    {{ id }},
    _source_file,
    verdict as stored_verdict,
    verdict_anew
from judged
where verdict <> verdict_anew or _duplicate_of is distinct from duplicate_of_anew
{% endtest %}
