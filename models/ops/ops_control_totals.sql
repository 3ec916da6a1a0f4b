{{ config(materialized='view') }}
{%- set streams_of_events = [] %}
{%- for stream, registry in var('streams').items() if not registry.quantity %}
    {%- do streams_of_events.append("'" ~ stream ~ "'") %}
{%- endfor %}

with ops_batch_manifests as (
    select * from {{ ref('ops_batch_manifests') }}
    where batch is not null
),

ops_landed_files as (
    select * from {{ ref('ops_landed_files') }}
),

watermarks as (
    select * from {{ watermarks() }}
),

batch_files as (
    select distinct
        stream,
        _source_file as manifest_file,
        item.path as _source_file
    from {{ explode_items('ops_batch_manifests', 'files') }} as manifest_files
),
{%- for stream, registry in var('streams').items() %}

-- Deliveries of a batch that another file's stands for, each of those once.
{{ stream }}_elsewhere as (
    select distinct
        batch_files.manifest_file,
        standing.{{ registry.id }},
        standing.event_at,
        standing.verdict,
        standing._delivery
    from batch_files
    inner join {{ ref(registry.deliveries) }} as delivered
        on batch_files._source_file = delivered._source_file
    inner join {{ ref(registry.deliveries) }} as standing
        on delivered.{{ registry.id }} = standing.{{ registry.id }}
        and delivered._duplicate_of = standing._delivery
    left join batch_files as own
        on batch_files.manifest_file = own.manifest_file
        and standing._source_file = own._source_file
    where delivered.verdict = 'duplicate' and own._source_file is null
),

-- What gold has nothing of: whole deliveries, and the rejected line items of current ones.
{{ stream }}_left_out as (
    select
        *,
        case when verdict = 'rejected' then md5({{ event_text(stream) }}) end as version
    from {{ ref(registry.deliveries) }}
    where
        verdict in ('superseded', 'corrected')
        or verdict = 'rejected' and is_parsable
        {%- if registry.lines %}
        or verdict = 'current' and kept_line_item_count < line_item_count
        {%- endif %}
),

{{ stream }}_counted as (
    select
        *,
        {%- if registry.lines %}
        case when item.unit_price is null then 0 else coalesce({{ registry.written }}, 0) end
            as written_quantity
        {%- else %}
        1 as line_number,
        coalesce({{ registry.written }}, 0) as written_quantity
        {%- endif %}
    {%- if registry.lines %}
    from {{ explode_items(stream ~ '_left_out', 'items') }}
    where verdict <> 'current' or item.failed_expectations is not null
    {%- else %}
    from {{ stream }}_left_out
    {%- endif %}
),

{{ stream }}_amounts as (
    select
        {{ registry.id }},
        verdict,
        version,
        line_number,
        _delivery,
        _source_file,
        written_quantity as quantity,
        {%- if registry.lines %}
        coalesce(cast(written_quantity * item.unit_price as decimal(18, 2)), 0)
        - coalesce(cast(written_quantity * item.unit_discount as decimal(18, 2)), 0) as net
        {%- else %}
        0 as net
        {%- endif %}
    from {{ stream }}_counted
),

-- However often a rejected event came, it counts once.
{{ stream }}_rejected as (
    select distinct
        batch_files.manifest_file,
        amounts.{{ registry.id }},
        amounts.version,
        amounts.line_number,
        amounts.quantity,
        amounts.net
    from batch_files
    inner join {{ stream }}_amounts as amounts on batch_files._source_file = amounts._source_file
    where amounts.verdict = 'rejected'
),
{%- endfor %}

parts as (
    {%- for stream, registry in var('streams').items() %}
    {%- set quantity = 'fact.' ~ registry.quantity if registry.quantity else '1' %}
    {%- set net = 'fact.' ~ registry.net if registry.net else '0' %}
    {{ 'union all' if not loop.first }}
    select
        batch_files.manifest_file,
        'gold' as part,
        sum({{ quantity }}) as quantity,
        sum({{ net }}) as net
    from batch_files
    inner join {{ ref(registry.deliveries) }} as deliveries
        on batch_files._source_file = deliveries._source_file
    inner join {{ ref(registry.fact) }} as fact
        on deliveries.{{ registry.id }} = fact.{{ registry.fact_id }}
        and deliveries.event_at = fact.event_at
    where deliveries.verdict = 'current'
    group by batch_files.manifest_file
    union all
    select
        elsewhere.manifest_file,
        'gold' as part,
        sum({{ quantity }}) as quantity,
        sum({{ net }}) as net
    from {{ stream }}_elsewhere as elsewhere
    inner join {{ ref(registry.fact) }} as fact
        on elsewhere.{{ registry.id }} = fact.{{ registry.fact_id }}
        and elsewhere.event_at = fact.event_at
    where elsewhere.verdict = 'current'
    group by elsewhere.manifest_file
    union all
    select
        batch_files.manifest_file,
        'left out' as part,
        sum(amounts.quantity) as quantity,
        sum(amounts.net) as net
    from batch_files
    inner join {{ stream }}_amounts as amounts on batch_files._source_file = amounts._source_file
    where amounts.verdict <> 'rejected'
    group by batch_files.manifest_file
    union all
    select
        elsewhere.manifest_file,
        'left out' as part,
        sum(amounts.quantity) as quantity,
        sum(amounts.net) as net
    from {{ stream }}_elsewhere as elsewhere
    inner join {{ stream }}_amounts as amounts
        on elsewhere.{{ registry.id }} = amounts.{{ registry.id }}
        and elsewhere._delivery = amounts._delivery
    group by elsewhere.manifest_file
    union all
    select
        manifest_file,
        'left out' as part,
        sum(quantity) as quantity,
        sum(net) as net
    from {{ stream }}_rejected
    group by manifest_file
    {%- endfor %}
),

summed as (
    select
        manifest_file,
        sum(case when part = 'gold' then quantity else 0 end) as gold_quantity,
        sum(case when part = 'left out' then quantity else 0 end) as quarantined_quantity,
        sum(case when part = 'gold' then net else 0 end) as gold_net,
        sum(case when part = 'left out' then net else 0 end) as quarantined_net
    from parts
    group by manifest_file
),

-- Batches with a file that landed and that silver has not read yet.
unread as (
    {%- for stream, registry in var('streams').items() %}
    {{ 'union distinct' if not loop.first }}
    select batch_files.manifest_file
    from batch_files
    inner join ops_landed_files as landed on batch_files._source_file = landed._source_file
    where
        batch_files.stream = '{{ stream }}'
        and (landed.line_count > 0 or landed.state = 'waiting')
        and not exists (
            select 1 from {{ ref(registry.deliveries) }} as deliveries
            where batch_files._source_file = deliveries._source_file
        )
    {%- endfor %}
),

-- Whether the fact of each stream has read all that changed in silver.
loaded as (
    {%- for stream, registry in var('streams').items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ stream }}' as stream,
        coalesce(
            max(case when model_name = '{{ registry.fact }}' then load end)
            >= max(case when model_name = '{{ registry.deliveries }}' then load end),
            false
        ) as is_loaded
    from watermarks
    where '{{ registry.deliveries }}' in (model_name, input_name)
    {%- endfor %}
),

batches as (
    select
        *,
        coalesce(
            case
                when stream in ({{ streams_of_events | join(', ') }}) then event_count
                else quantity
            end,
            0
        ) as manifest_quantity,
        coalesce(net_sales_amount, 0) as manifest_net
    from ops_batch_manifests
),

compared as (
    select
        batches.*,
        coalesce(summed.gold_quantity, 0) as gold_quantity,
        coalesce(summed.quarantined_quantity, 0) as quarantined_quantity,
        coalesce(summed.gold_net, 0) as gold_net,
        coalesce(summed.quarantined_net, 0) as quarantined_net,
        coalesce(summed.gold_quantity + summed.quarantined_quantity, 0) - batches.manifest_quantity
            as quantity_difference,
        coalesce(summed.gold_net + summed.quarantined_net, 0) - batches.manifest_net
            as net_difference,
        unread.manifest_file is null and coalesce(loaded.is_loaded, true) as is_read
    from batches
    left join summed on batches._source_file = summed.manifest_file
    left join unread on batches._source_file = unread.manifest_file
    left join loaded on batches.stream = loaded.stream
),

final as (
    select
        batch,
        stream,
        business_day,
        seed,
        scale,
        cast(manifest_quantity as bigint) as manifest_quantity,
        cast(gold_quantity as bigint) as gold_quantity,
        cast(quarantined_quantity as bigint) as quarantined_quantity,
        cast(quantity_difference as bigint) as quantity_difference,
        cast(manifest_net as decimal(18, 2)) as manifest_net_sales_amount,
        cast(gold_net as decimal(18, 2)) as gold_net_sales_amount,
        cast(quarantined_net as decimal(18, 2)) as quarantined_net_sales_amount,
        cast(net_difference as decimal(18, 2)) as net_sales_difference,
        case
            when quantity_difference = 0 and net_difference = 0 then 'agrees'
            when not is_read then 'waiting'
            else 'differs'
        end as verdict,
        _source_file
    from compared
)

select * from final
