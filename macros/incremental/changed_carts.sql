{#
  changed_carts(clicks, orders, keyed, members): what gold_cart_abandonment_fact works out again, from the
  event-level models of the clickstream and the orders, the silver model of the clickstream and
  silver_dimension_members. Days are UTC; conditions are true on a first load.
    is_session      on events: of a session of any version of a changed event, or of one that may be over
                    since data time moved on, or with other keys since
    customer_days   for a FROM clause, to be the CTE `customer_days`: customer_id, day, is_before. Within
                    `recovery_days` of these days the customer has an event in such a session (in any
                    version of either), or had a cart whose recovery order changed. Recoveries can change
                    only of carts that ended before or on such a day (`is_before`), and depend on nothing
                    else but what lies around it.
    is_near         on events: of one of the customer_days
    is_other_cart   on this model's rows: of one of the customer_days, and of no such session
    is_recomputed   the same, where its recovery can have changed
#}
{% macro changed_carts(clicks, orders, keyed, members) -%}
    {%- set is_changed = since_mark(clicks, '_changed_at') -%}
    {%- set is_order_changed = since_mark(orders, '_changed_at') -%}
    {%- set is_keyed = since_mark(keyed, '_keyed_at') -%}
    {%- set is_member_changed = since_mark(members, '_changed_at') -%}
    {%- set sessions -%}
        select session_id from {{ clicks }} where {{ is_changed }}
        union distinct
        select session_id from {{ clicks }} where {{ is_over_since_mark(clicks) }}
        {%- if is_incremental() and is_keyed != 'false' %}
        union distinct
        select session_id from {{ keyed }} where {{ is_keyed }}
        {%- endif %}
        {%- if is_incremental() and is_member_changed != 'false' %}
        union distinct
        select cart_id from {{ this }}
        where customer_id in (
            select member_id from {{ members }} where dimension = 'customer' and {{ is_member_changed }}
        )
        {%- endif %}
    {%- endset -%}

    {%- set of_changed_orders -%}
        (
            recovery_order_id in (select order_id from {{ orders }} where {{ is_order_changed }})
            or recovery_session_id in (select session_id from {{ orders }} where {{ is_order_changed }})
        )
    {%- endset -%}
    {%- set days = {'before': 'true', 'around': 'true'} -%}
    {%- if is_loading() and is_incremental() -%}
        {%- set days = days_of_recovery(
            'select event_at from ' ~ clicks ~ ' where session_id in (' ~ sessions ~ ')'
            ~ ' union all select event_at from ' ~ this ~ ' where ' ~ of_changed_orders
        ) -%}
    {%- endif -%}
    {%- do replace_rows(sessions, days.before) -%}
    {%- if not is_incremental() -%}
        {{- return({'is_session': 'true', 'is_near': 'true', 'customer_days': '(select 1 as customer_id)'}) -}}
    {%- endif -%}

    {%- set is_session = days.before ~ ' and session_id in (' ~ sessions ~ ')' -%}
    {%- set customer_days -%}
        (
            with session_events as (
                select distinct session_id, customer_id, {{ utc_date('event_at') }} as day
                from {{ clicks }}
                where {{ is_session }}
            ),

            concerned as (
                select named.customer_id, visited.day
                from (select distinct session_id, customer_id from session_events) as named
                inner join (select distinct session_id, day from session_events) as visited
                    on named.session_id = visited.session_id
                where named.customer_id is not null
                union distinct
                select customer_id, {{ utc_date('event_at') }} as day
                from {{ this }}
                where {{ of_changed_orders }}
            )

            select
                concerned.customer_id,
                concerned.day + shift.days as day,
                shift.days <= 0 as is_before
            from concerned
            cross join {{ shifts_of_recovery() }}
        )
    {%- endset -%}
    {%- set is_near = '(customer_id, ' ~ utc_date('event_at') ~ ') in (select customer_id, day from customer_days' -%}
    {%- set is_other = 'cart_id not in (' ~ sessions ~ ')' -%}
    {{- return({
        'is_session': is_session,
        'customer_days': customer_days,
        'is_near': days.around ~ ' and ' ~ is_near ~ ')',
        'is_other_cart': days.around ~ ' and ' ~ is_near ~ ') and ' ~ is_other,
        'is_recomputed': days.before ~ ' and ' ~ is_near ~ ' where is_before) and ' ~ is_other,
    }) -}}
{%- endmacro %}


{# How many days after a session's end a checkout can recover its cart. #}
{% macro recovery_days() -%}
    {{- return(7) -}}
{%- endmacro %}


{# For a FROM clause: by how many `days` a day that a recovery depends on can be away, as `shift`. #}
{% macro shifts_of_recovery() -%}
    (values ({{ range(-recovery_days(), recovery_days() + 1) | join('), (') }})) as shift (days)
{%- endmacro %}


{#
  Of a query of event_at, the days on which a recovery can change (`before`: at most `recovery_days` before
  one of the instants) and on which it depends (`around`), each as a literal condition on date_key.
#}
{% macro days_of_recovery(query) -%}
    {%- set found -%}
        select distinct
            {{ date_key(later('event_at', days='shift.days')) }} as date_key,
            shift.days <= 0 as is_before
        from (
            select min(event_at) as event_at from ({{ query }}) as events group by {{ utc_date('event_at') }}
        ) as visited
        cross join {{ shifts_of_recovery() }}
        order by date_key
    {%- endset -%}
    {%- set before, around = [], [] -%}
    {%- for day, is_before in run_query(found).rows -%}
        {%- do before.append(day) if is_before -%}
        {%- do around.append(day) if day not in around[-1:] -%}
    {%- endfor -%}
    {{- return({'before': is_one_of_days(before), 'around': is_one_of_days(around)}) -}}
{%- endmacro %}


{# How many minutes after its last event a session is over. #}
{% macro minutes_until_over() -%}
    {{- return(30) -}}
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
    {%- set micros_until_over = minutes_until_over() * 60000000 -%}
    {{- return(
        'event_at > ' ~ from_micros(newest_at_mark - micros_until_over)
        ~ ' and event_at <= ' ~ from_micros(newest - micros_until_over)
    ) -}}
{%- endmacro %}
