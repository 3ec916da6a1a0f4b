{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='_source_file',
) }}

with landed as (
    select * from {{ new_manifests() }}
),

parsed as (
    select
        _source_file,
        {{ parse_manifest('content') }} as manifest
    from landed
),

final as (
    select
        parsed.manifest.batch as batch,
        parsed.manifest.stream as stream,
        parsed.manifest.day as business_day,
        parsed.manifest.seed as seed,
        parsed.manifest.scale as scale,
        parsed.manifest.totals.events as event_count,
        parsed.manifest.totals.line_items as line_item_count,
        parsed.manifest.totals.quantity as quantity,
        {{ typed_amount('parsed.manifest.totals.net_sales') }} as net_sales_amount,
        parsed.manifest.files as files,
        parsed._source_file
    from parsed
)

select * from final
