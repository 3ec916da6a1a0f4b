{{ config(materialized='view') }}

-- Relations stand where they are read: DuckDB would read a CTE that is named twice in full, and not
-- only the loads that are asked for.
with
{%- for stream, registry in var('streams').items() if registry.lines %}
{{ stream }}_with_rejected_line_items as (
    select _changed_at, items from {{ ref(registry.deliveries) }}
    where verdict = 'current' and kept_line_item_count < line_item_count
),
{%- endfor %}

-- How many rows the expectations of that model and action are about.
concerned as (
    {%- for stream, registry in var('streams').items() %}
    select '{{ registry.deliveries }}' as model_name, 'drop' as action, _load as load, 1 as row_count
    from {{ ref(registry.deliveries) }}
    union all
    {%- if registry.lines %}
    select '{{ registry.silver }}', 'drop', _changed_at, line_item_count
    from {{ ref(registry.deliveries) }}
    where verdict = 'current'
    union all
    {%- endif %}
    select '{{ registry.silver }}', 'warn', _changed_at, 1
    from {{ ref(registry.silver) }}
    union all
    select
        '{{ registry.fact }}', 'fail', _changed_at,
        {{ 'kept_line_item_count' if registry.lines else 1 }}
    from {{ ref(registry.deliveries) }}
    where verdict = 'current'
    {{- ' union all' if not loop.last }}
    {%- endfor %}
),

-- Those of them that fail some, and which.
failing as (
    {%- for stream, registry in var('streams').items() %}
    select
        '{{ registry.deliveries }}' as model_name, 'drop' as action, _load as load,
        failed_expectations
    from {{ ref(registry.deliveries) }}
    where verdict = 'rejected'
    union all
    {%- if registry.lines %}
    select '{{ registry.silver }}', 'drop', _changed_at, item.failed_expectations
    from {{ explode_items(stream ~ '_with_rejected_line_items', 'items') }}
    where item.failed_expectations is not null
    union all
    {%- endif %}
    select
        '{{ registry.silver }}', 'warn', _changed_at,
        {{ failed_expectations(registry.silver, action='warn') }}
    from {{ ref(registry.silver) }}
    where not {{ meets_expectations(registry.silver, action='warn') }}
    {{- ' union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        model_name,
        action,
        cast(null as string) as expectation,
        load,
        cast(sum(row_count) as bigint) as row_count
    from concerned
    group by model_name, action, load
    union all
    select
        model_name,
        action,
        item as expectation,
        load,
        count(*) as row_count
    from {{ explode_items('failing', 'failed_expectations') }}
    group by model_name, action, item, load
)

select * from final
