{#
  changed_carts(clicks, orders): what gold_cart_abandonment_fact works out again, from the event-level
  models of the clickstream and the orders. All days are UTC, all conditions literal where they can be;
  on a first load they are true.
    sessions        a query of session_id: sessions of all versions of the changed events, and those that
                    may be over since data time moved on
    is_session      the condition on events that they are of these sessions
    customer_days   a query of customer_id and day: the customers that any version of an event names in
                    these sessions, with the days of the session's events; and those of the carts whose
                    recovery order changed. A cart's recovery can change only if it ended at most
                    `recovery_days` before such a day, and what decides it lies at most as long after.
    days            the condition on date_key that it is at most so long before one of these days
    days_around     the same, before or after
#}
{% macro changed_carts(clicks, orders) -%}
    {%- set is_changed = since_mark(clicks, '_changed_at') -%}
    {%- set is_order_changed = since_mark(orders, '_changed_at') -%}

    {%- set sessions -%}
        select session_id from {{ clicks }} where {{ is_changed }}
        union
        select session_id from {{ clicks }} where {{ is_over_since_mark(clicks) }}
    {%- endset -%}

    {%- set carts_of_changed_orders -%}
        select customer_id, event_at
        from {{ this }}
        where
            recovery_order_id in (select order_id from {{ orders }} where {{ is_order_changed }})
            or recovery_session_id in (select session_id from {{ orders }} where {{ is_order_changed }})
    {%- endset -%}

    {%- set changed = {'sessions': sessions, 'days': 'true', 'days_around': 'true', 'is_session': 'true'} -%}
    {%- if is_loading() and is_incremental() -%}
        {%- do changed.update(days_of_recovery(
            'select event_at from ' ~ clicks ~ ' where session_id in (' ~ sessions ~ ')'
            ~ ' union all select event_at from (' ~ carts_of_changed_orders ~ ') as carts'
        )) -%}
        {%- do changed.update({'is_session': changed.days ~ ' and session_id in (' ~ sessions ~ ')'}) -%}
    {%- endif -%}

    {%- set customer_days -%}
        with session_events as (
            select session_id, customer_id, {{ utc_date('event_at') }} as day
            from {{ clicks }}
            where {{ changed.is_session }}
        )

        select named.customer_id, visited.day
        from (select distinct session_id, customer_id from session_events) as named
        inner join (select distinct session_id, day from session_events) as visited
            on named.session_id = visited.session_id
        where named.customer_id is not null
        union
        select customer_id, {{ utc_date('event_at') }} as day
        from ({{ carts_of_changed_orders }}) as carts
    {%- endset -%}
    {%- do changed.update({'customer_days': customer_days}) -%}
    {%- do replace_rows(sessions, changed.days) -%}
    {{- return(changed) -}}
{%- endmacro %}


{#
  is_day_of_customer(row, customer_days, around): whether a row, which has customer_id and event_at, is at
  most `recovery_days` before a day of its customer; with `around`, before or after.
#}
{% macro is_day_of_customer(row, customer_days, around=false) -%}
    exists (
        select 1
        from {{ customer_days }} as concerned
        where
            concerned.customer_id = {{ row }}.customer_id
            and {{ utc_date(row ~ '.event_at') }} between concerned.day - {{ recovery_days() }}
            and concerned.day{{ ' + ' ~ recovery_days() if around }}
    )
{%- endmacro %}


{# How many days after a session's end a checkout can recover its cart. #}
{% macro recovery_days() -%}
    {{- return(7) -}}
{%- endmacro %}


{# How long after its last event a session is over, in microseconds. #}
{% macro micros_until_over() -%}
    {{- return(30 * 60 * 1000000) -}}
{%- endmacro %}


{#
  The condition on events that a session which ends with them was not over at this model's mark and is
  now: data time is the newest event of all.
#}
{% macro is_over_since_mark(clicks) -%}
    {%- set note = load_notes().get(clicks.identifier) if is_loading() else none -%}
    {%- if not note or note.mark is none -%}
        {{- return('false') -}}
    {%- endif -%}
    {%- set newest, newest_at_mark = run_query(
        'select max(' ~ micros('event_at') ~ ') as newest, max(case when _ingested_at <= '
        ~ from_micros(note.mark) ~ ' then ' ~ micros('event_at') ~ ' end) as newest_at_mark from ' ~ clicks
    ).rows[0] -%}
    {%- if newest_at_mark is none or newest == newest_at_mark -%}
        {{- return('false') -}}
    {%- endif -%}
    {{- return(
        'event_at > ' ~ from_micros(newest_at_mark - micros_until_over())
        ~ ' and event_at <= ' ~ from_micros(newest - micros_until_over())
    ) -}}
{%- endmacro %}


{#
  Of a query of event_at, the days on which a recovery can change or depend on: {days, days_around}, the
  conditions on date_key that it is at most `recovery_days` before one of these instants, and at most so
  long before or after.
#}
{% macro days_of_recovery(query) -%}
    {%- set shifts = range(-recovery_days(), recovery_days() + 1) -%}
    {%- set found = run_query(
        'select distinct ' ~ date_key(from_micros(micros('event_at') ~ ' + shift.days * 86400000000')) ~ ' as date_key, '
        ~ 'shift.days <= 0 as is_before '
        ~ 'from (select min(event_at) as event_at from (' ~ query ~ ') as events group by ' ~ utc_date('event_at') ~ ') as visited '
        ~ 'cross join (values (' ~ shifts | join('), (') ~ ')) as shift (days) order by date_key'
    ).rows -%}
    {%- set before, around = [], [] -%}
    {%- for day, is_before in found -%}
        {%- do before.append(day) if is_before -%}
        {%- do around.append(day) if day not in around[-1:] -%}
    {%- endfor -%}
    {{- return({'days': is_one_of_days(before), 'days_around': is_one_of_days(around)}) -}}
{%- endmacro %}
