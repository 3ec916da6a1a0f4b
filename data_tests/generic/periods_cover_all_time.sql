{#
  Fails for each row whose period, half open from `starts` to `ends`, is empty or does not begin
  where the one before it with the same id ended, the first on 1900-01-01; and for each last one
  that does not end on 9999-12-31.
#}
{% test periods_cover_all_time(model, column_name, starts, ends) %}
    with periods as (
        select
            {{ column_name }} as id,
            {{ starts }} as starts_on,
            {{ ends }} as ends_on,
            lag({{ ends }}, 1, date '1900-01-01')
                over (partition by {{ column_name }} order by {{ starts }}, {{ ends }})
                as must_start_on,
            lead({{ starts }}, 1, date '9999-12-31')
                over (partition by {{ column_name }} order by {{ starts }}, {{ ends }})
                as must_end_on
        from {{ model }}
    )

    select
        id,
        starts_on,
        ends_on,
        must_start_on,
        must_end_on
    from periods
    where starts_on >= ends_on or starts_on <> must_start_on or ends_on <> must_end_on
{% endtest %}
