{{ config(materialized='view') }}

{%- set steps = [
    ('viewed_product_count', 'viewed a product'),
    ('filled_cart_count', 'filled a cart'),
    ('begun_checkout_count', 'began a checkout'),
    ('completed_checkout_count', 'bought'),
] %}
{%- set test_all = "--vars '{test_scope: all}'" %}

with ops_row_counts as (
    select * from {{ ref('ops_row_counts') }}
),

gold_sales_fact_all as (
    select * from {{ ref('gold_sales_fact_all') }}
),

gold_channel_dim as (
    select * from {{ ref('gold_channel_dim') }}
),

report_conversion_funnel as (
    select * from {{ ref('report_conversion_funnel') }}
),

report_cart_abandonment as (
    select * from {{ ref('report_cart_abandonment') }}
),

report_stock_cover as (
    select * from {{ ref('report_stock_cover') }}
),

ops_expectation_log as (
    select * from {{ ref('ops_expectation_log') }}
),

ops_invariants as (
    select * from {{ ref('ops_invariants') }}
),

ops_reconciliation as (
    select * from {{ ref('ops_reconciliation') }}
),

ops_control_totals as (
    select * from {{ ref('ops_control_totals') }}
),

-- Numbers of lines: a section reads its figures once, however many lines it makes of them.
lines as (
    select number from (values (1), (2), (3)) as numbered (number)
),

sales_of_channels as (
    select
        channels.channel_type,
        sum(sales.net_sales_amount) as net_sales_amount,
        sum(sales.quantity_sold) as quantity_sold,
        count(distinct sales.counted_order_id) as order_count,
        count(
            distinct case
                when sales.is_return then concat(sales.source_system, ':', sales.transaction_id)
            end
        ) as return_count
    from gold_sales_fact_all as sales
    inner join gold_channel_dim as channels on sales.channel_key = channels.channel_key
    group by channels.channel_type
),

-- The three devices with the most sessions.
funnel_of_devices as (
    select
        device_type,
        sum(session_count) as session_count,
        {%- for column, _ in steps %}
        sum({{ column }}) as {{ column }},
        {%- endfor %}
        row_number() over (order by sum(session_count) desc, device_type) as position
    from report_conversion_funnel
    group by device_type
    qualify position <= 3
),

carts_in_all as (
    select
        sum(case when abandonment_stage = 'cart' then reached_count end) as filled_count,
        sum(abandoned_count) as abandoned_count,
        sum(recovered_count) as recovered_count,
        sum(recovery_revenue) as recovery_revenue
    from report_cart_abandonment
),

stock_in_all as (
    select
        sum(quantity_on_hand) as quantity_on_hand,
        sum(inventory_value_cost) as inventory_value_cost,
        sum(stockout_days) as stockout_days,
        sum(observed_days) as observed_days,
        max(observed_days) as last_days
    from report_stock_cover
),

left_out_of_streams as (
    select * from {{ quarantine_reasons(
        ref('silver_quarantined_events'), 'resolved_at is null'
    ) }}
),

repaired_of_streams as (
    select * from {{ quarantine_reasons(
        ref('silver_quarantined_events'), 'resolved_at is not null'
    ) }}
),

streams as (
    {%- for stream, models in var('streams').items() %}
    select
        {{ loop.index }} as position,
        '{{ stream }}' as stream,
        '{{ models.deliveries }}' as deliveries,
        '{{ models.silver }}' as silver,
        '{{ models.fact }}' as fact
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A run asks all expectations of a model about the same rows.
expectations_of_runs as (
    select
        run_id,
        model_name,
        max(rows_checked) as rows_checked,
        sum(rows_dropped) as rows_dropped,
        sum(case when action = 'warn' then rows_failed else 0 end) as warned_count,
        count(case when rows_failed is null then 1 end) as stopped_count
    from ops_expectation_log
    group by
        run_id,
        model_name
),

expectations_of_streams as (
    select
        streams.position,
        streams.stream,
        coalesce(sum(case when runs.model_name = streams.deliveries then runs.rows_checked end), 0)
            as line_count,
        coalesce(sum(runs.rows_dropped), 0) as dropped_count,
        coalesce(sum(runs.warned_count), 0) as warned_count,
        coalesce(sum(runs.stopped_count), 0) as stopped_count
    from streams
    left join expectations_of_runs as runs
        on runs.model_name in (streams.deliveries, streams.silver, streams.fact)
    where exists (select 1 from ops_expectation_log)
    group by
        streams.position,
        streams.stream
),

invariants_with_sums as (
    select
        *,
        row_number() over (order by position) as number_of_all,
        count(*) over () as invariant_count,
        sum(kept_count + broken_count) over () as check_count,
        sum(broken_count) over () as all_broken_count
    from ops_invariants
    where kept_count + broken_count + quarantined_count > 0
),

files_in_all as (
    select
        count(case when verdict = 'accounted' then 1 end) as accounted_count,
        count(case when verdict = 'unaccounted' then 1 end) as unaccounted_count,
        count(case when verdict = 'waiting' then 1 end) as waiting_count,
        sum(landed_line_count) as line_count,
        sum(quarantined_event_count) as quarantined_count,
        sum(duplicate_count) as duplicate_count
    from ops_reconciliation
),

batches_in_all as (
    select
        count(case when verdict = 'agrees' then 1 end) as agreeing_count,
        count(case when verdict = 'differs' then 1 end) as differing_count
    from ops_control_totals
),

all_lines as (
    select
        layer as section,
        table_name as label,
        {{ grouped_digits('row_count') }} as value,
        position
    from ops_row_counts
    union all
    select
        'net sales',
        channel_type,
        concat(
            {{ right_aligned(grouped_digits('net_sales_amount', 2), 14) }}, ' US dollars, ',
            {{ grouped_digits('quantity_sold') }}, ' units in ',
            {{ grouped_digits('order_count') }}, ' orders and ',
            {{ grouped_digits('return_count') }}, ' returns'
        ),
        400 + row_number() over (order by channel_type)
    from sales_of_channels
    union all
    select
        'funnel',
        case lines.number when 1 then '' else funnel.device_type end,
        case lines.number
            when 1
                then '{{ '%21s' | format('sessions') }}
                {%- for _, title in steps %}{{ '%17s' | format(title) }}{% endfor %}'
            else concat(
                {{ right_aligned(grouped_digits('funnel.session_count'), 9) }}
                {%- for column, _ in steps %},
                {{ right_aligned(grouped_digits('funnel.' ~ column), 9) }},
                {{ right_aligned(percent_text('funnel.' ~ column, 'funnel.session_count'), 8) }}
                {%- endfor %}
            )
        end,
        500 + 10 * lines.number + funnel.position
    from funnel_of_devices as funnel
    cross join lines
    where lines.number = 2 or (lines.number = 1 and funnel.position = 1)
    union all
    select
        'carts',
        '',
        concat(
            {{ grouped_digits('abandoned_count') }}, ' left of ',
            {{ grouped_digits('filled_count') }}, ' (',
            {{ percent_text('abandoned_count', 'filled_count') }}, '), ',
            {{ grouped_digits('recovered_count') }}, ' of them recovered (',
            {{ percent_text('recovered_count', 'abandoned_count') }}, ') for ',
            {{ grouped_digits('recovery_revenue', 2) }}, ' US dollars'
        ),
        600
    from carts_in_all
    where filled_count > 0
    union all
    select
        'stock',
        '',
        concat(
            {{ grouped_digits('quantity_on_hand') }}, ' units worth ',
            {{ grouped_digits('inventory_value_cost', 2) }}, ' US dollars, sold out ',
            {{ percent_text('stockout_days', 'observed_days') }}, ' of the last ',
            {{ grouped_digits('last_days') }}, ' days'
        ),
        700
    from stock_in_all
    where observed_days > 0
    union all
    select
        'left out',
        '',
        'nothing',
        800
    where not exists (select 1 from left_out_of_streams)
    union all
    select
        'left out',
        source,
        reasons,
        800 + row_number() over (order by source)
    from left_out_of_streams
    union all
    select
        'repaired',
        source,
        reasons,
        900 + row_number() over (order by source)
    from repaired_of_streams
    union all
    select
        'expected',
        case lines.number when 1 then '' else counts.stream end,
        case lines.number
            when 1
                then '{{ '%24s%12s%12s%12s' | format('lines', 'dropped', 'warned', 'stopped') }}'
            else concat(
                {{ right_aligned(grouped_digits('counts.line_count'), 12) }},
                {{ right_aligned(grouped_digits('counts.dropped_count'), 12) }},
                {{ right_aligned(grouped_digits('counts.warned_count'), 12) }},
                {{ right_aligned(grouped_digits('counts.stopped_count'), 12) }}
            )
        end,
        1000 + 10 * lines.number + counts.position
    from expectations_of_streams as counts
    cross join lines
    where lines.number = 2 or (lines.number = 1 and counts.position = 1)
    union all
    select
        case lines.number when 1 then 'invariants' else 'agreement' end,
        case lines.number when 1 then checked.subject else '' end,
        case
            when lines.number = 1
                then concat(
                    {{ right_aligned(grouped_digits('checked.kept_count'), 9) }},
                    ' ', checked.statement,
                    case
                        when checked.quarantined_count = 0 then ''
                        else concat(
                            ', ', {{ grouped_digits('checked.quarantined_count') }},
                            ' wait in the quarantine'
                        )
                    end,
                    case
                        when checked.broken_count = 0 then ''
                        else concat(', ', {{ grouped_digits('checked.broken_count') }}, ' DO NOT')
                    end
                )
            when lines.number = 2 and checked.all_broken_count = 0
                then concat(
                    'everything agrees: ', {{ grouped_digits('checked.check_count') }},
                    ' checks of ', {{ grouped_digits('checked.invariant_count') }}, ' invariants'
                )
            when lines.number = 2
                then concat(
                    {{ grouped_digits('checked.all_broken_count') }}, ' of ',
                    {{ grouped_digits('checked.check_count') }},
                    ' checks do not agree; to see which:'
                )
            when checked.all_broken_count > 0
                then {{ text_literal('dbt test --select tag:invariants ' ~ test_all) }}
        end,
        1000 + 100 * lines.number + checked.position
    from invariants_with_sums as checked
    cross join lines
    where lines.number = 1 or checked.number_of_all = 1
    union all
    select
        'accounted',
        '',
        case
            when lines.number = 1 and files.unaccounted_count > 0
                then concat(
                    'all but ', {{ grouped_digits('files.unaccounted_count') }}, ' of ',
                    {{ grouped_digits('files.unaccounted_count + files.accounted_count') }},
                    ' files; to see which:'
                )
            when lines.number = 1 and files.accounted_count > 0
                then concat(
                    'every line of ', {{ grouped_digits('files.accounted_count') }}, ' files: ',
                    {{ grouped_digits('files.line_count') }}, ' lines, ',
                    {{ grouped_digits('files.quarantined_count') }}, ' of them quarantined, ',
                    {{ grouped_digits('files.duplicate_count') }}, ' duplicates'
                )
            when lines.number = 2 and files.unaccounted_count > 0
                then {{ text_literal('dbt test --select tag:reconciliation ' ~ test_all) }}
            when lines.number = 3 and files.waiting_count > 0
                then concat(
                    {{ grouped_digits('files.waiting_count') }}, ' files wait for the next build'
                )
        end,
        1400 + lines.number
    from files_in_all as files
    cross join lines
    union all
    select
        'totals',
        '',
        case
            when lines.number = 1 and batches.differing_count > 0
                then concat(
                    {{ grouped_digits('batches.differing_count') }}, ' of ',
                    {{ grouped_digits('batches.differing_count + batches.agreeing_count') }},
                    ' batches differ from their manifests; to see which:'
                )
            when lines.number = 1 and batches.agreeing_count > 0
                then concat(
                    {{ grouped_digits('batches.agreeing_count') }},
                    ' batches are what their manifests say, to the cent'
                )
            when lines.number = 2 and batches.differing_count > 0
                then {{ text_literal('dbt test --select tag:reconciliation ' ~ test_all) }}
        end,
        1500 + lines.number
    from batches_in_all as batches
    cross join lines
),

final as (
    select
        section,
        label,
        value,
        cast(position as int) as position
    from all_lines
    where value is not null
)

select * from final
