{% macro changed_carts() -%}
    {%- set plan = {'inputs': {}, 'bounds': none, 'ids': none, 'is_empty': false} -%}
    {%- set clicks = ref('silver_clickstream_deliveries') -%}
    {%- set orders = ref('silver_ecommerce_deliveries') -%}
    {%- set members = ref('silver_dimension_members') -%}
    {%- set is_changed = read_since(plan, clicks) -%}
    {%- set is_order_changed = read_since(plan, orders) -%}
    {%- set is_member_changed = read_since(plan, members) -%}
    {%- if not is_incremental() -%}
        {{- return({
            'is_session': 'true',
            'is_around': 'true',
            'is_near': 'true',
            'plan': plan_comment(plan),
        }) -}}
    {%- endif -%}

    {%- set sessions -%}
        select session_id from {{ clicks }} where {{ is_changed }}
        union distinct
        select session_id from {{ clicks }} where {{ is_over_since(plan, clicks) }}
        {%- if is_member_changed != 'false' %}
        union distinct
        select cart_id from {{ this }} as existing
        where
            {{ rows_of_changed_members(
                {'customer': 'customer_id', 'channel': 'channel_code'}, is_member_changed
            ) }}
            or {{ is_changed_member(
                'calendar', "'calendar'", 'existing.local_date', is_member_changed
            ) }}
            and existing.is_recovered
        {%- endif %}
        union distinct
        select session_id from {{ clicks }}
        where
            verdict = 'current'
            and event_type = 'complete_checkout'
            and (
                order_id in (select order_id from {{ clicks }} where {{ is_changed }})
                or order_id in (select order_id from {{ orders }} where {{ is_order_changed }})
                or session_id in (select session_id from {{ orders }} where {{ is_order_changed }})
            )
    {%- endset -%}
    {#- Where a recovery can change, and on what it depends. -#}
    {%- set days = days_of('select event_at from ' ~ clicks ~ ' where session_id in (' ~ sessions
        ~ ')') if plan.inputs else [] -%}
    {%- set bounds = day_bounds('event_at', days, back=recovery_days()) -%}
    {%- set before, around = is_within(bounds), is_within(
        day_bounds('event_at', days, back=recovery_days(), ahead=recovery_days())
    ) -%}
    {%- do plan.update({'ids': sessions, 'bounds': bounds, 'is_empty': days == []}) -%}

    {%- set is_session = before ~ ' and session_id in (' ~ sessions ~ ')' -%}
    {%- set is_near = '(customer_id, ' ~ utc_date('event_at')
        ~ ') in (select customer_id, day from customer_days' -%}
    {%- set is_other = 'cart_id not in (' ~ sessions ~ ')' -%}
    {{- return({
        'is_session': is_session,
        'is_around': around,
        'is_near': around ~ ' and ' ~ is_near ~ ')',
        'is_other_cart': around ~ ' and ' ~ is_near ~ ') and ' ~ is_other,
        'is_recomputed': before ~ ' and ' ~ is_near ~ ' where is_before) and ' ~ is_other,
        'plan': plan_comment(plan),
    }) -}}
{%- endmacro %}

{# How many days after a session's end a checkout can recover its cart. #}
{% macro recovery_days() -%}
    {{- return(7) -}}
{%- endmacro %}

{# How many minutes after its last event a session is over. #}
{% macro minutes_until_over() -%}
    {{- return(30) -}}
{%- endmacro %}

{# On events: a session that ends with them was not over at this model's watermark and is now. #}
{% macro is_over_since(plan, clicks) -%}
    {%- set read = plan.inputs.get(clicks.identifier) -%}
    {%- if not read or read.previous is none -%}
        {{- return('false') -}}
    {%- endif -%}
    {%- set newest, newest_before = run_query(
        'select ' ~ micros('max(event_at)') ~ ', '
        ~ micros('max(case when _load <= ' ~ from_micros(read.previous) ~ ' then event_at end)')
        ~ ' from ' ~ clicks ~ " where verdict <> 'rejected'"
    ).rows[0] -%}
    {%- if newest_before is none or newest == newest_before -%}
        {{- return('false') -}}
    {%- endif -%}
    {%- set micros_until_over = minutes_until_over() * 60000000 -%}
    {{- return(
        'event_at > ' ~ from_micros(newest_before - micros_until_over)
        ~ ' and event_at <= ' ~ from_micros(newest - micros_until_over)
    ) -}}
{%- endmacro %}
