{#
  Of each id that changed since the test last passed: a valid delivery has one current row, which is
  the greatest version by the event contract, and each duplicate has an equal row that came before
  it.
#}
{% test verdicts_agree(model, stream) %}
    {{- config(tags=['verdicts']) -}}
    {%- set id = var('streams')[stream].id -%}
    {%- set is_checked = touched(model) -%}
    {%- if is_checked not in ('true', 'false') -%}
        {%- set changed_ids = 'select ' ~ id ~ ' from ' ~ model ~ ' where ' ~ is_checked -%}
        {%- set is_checked = id ~ ' in (' ~ changed_ids ~ ')' -%}
    {%- endif -%}
    with counted as (
        select
            {{ id }},
            count(*) as row_count,
            count(case when verdict = 'current' then 1 end) as current_count
        from {{ model }}
        where verdict <> 'rejected' and {{ is_checked }}
        group by {{ id }}
        having count(*) > 1 or count(case when verdict = 'current' then 1 end) <> 1
    ),

    -- Only ids that came again have versions to compare.
    texts as (
        select
            {{ id }},
            verdict,
            event_at,
            coalesce(updated_at, event_at) as stated_at,
            md5({{ event_text(stream) }}) as version,
            _delivery,
            _duplicate_of,
            _source_file,
            _load
        from {{ model }}
        where
            verdict <> 'rejected'
            and {{ id }} in (select {{ id }} from counted where row_count > 1)
    ),

    versions as (
        select
            {{ id }},
            version,
            max(stated_at) as stated_at,
            max(event_at) as event_at,
            min(_source_file) as first_file,
            count(case when verdict <> 'duplicate' then 1 end) as standing_count,
            count(case when verdict = 'current' then 1 end) as current_count
        from texts
        group by {{ id }}, version
    ),

    broken as (
        select
            {{ id }},
            concat(current_count, ' current rows') as breach
        from counted
        where current_count <> 1
        union all
        select
            {{ id }},
            concat(standing_count, ' rows stand for one version') as breach
        from versions
        where standing_count <> 1
        union all
        select
            texts.{{ id }},
            concat(texts._delivery, ' has no equal row that came before') as breach
        from texts
        left join texts as standing
            on texts.{{ id }} = standing.{{ id }}
            and texts._duplicate_of = standing._delivery
            and texts.version = standing.version
            and standing.verdict <> 'duplicate'
            and standing._load <= texts._load
        where texts.verdict = 'duplicate' and standing.{{ id }} is null
        union all
        select
            winner.{{ id }},
            'a greater version is not current' as breach
        from versions as winner
        inner join versions as loser on winner.{{ id }} = loser.{{ id }}
        where
            winner.current_count = 1
            and (
                loser.stated_at > winner.stated_at
                or loser.stated_at = winner.stated_at and loser.event_at > winner.event_at
                or loser.stated_at = winner.stated_at
                and loser.event_at = winner.event_at
                and loser.first_file > winner.first_file
                or loser.stated_at = winner.stated_at
                and loser.event_at = winner.event_at
                and loser.first_file = winner.first_file
                and loser.version > winner.version
            )
    )

    select
        {{ id }},
        breach
    from broken
{% endtest %}
