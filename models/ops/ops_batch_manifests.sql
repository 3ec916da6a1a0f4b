{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    unique_key='_source_file',
    meta={'replaces': '_source_file'},
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
        manifest.batch as batch,
        manifest.stream as stream,
        manifest.day as business_day,
        manifest.seed as seed,
        manifest.scale as scale,
        manifest.totals.events as event_count,
        manifest.totals.line_items as line_item_count,
        manifest.totals.quantity as quantity,
        {{ typed_amount('manifest.totals.net_sales') }} as net_sales_amount,
        manifest.files as files,
        _source_file
    from parsed
)

select * from final
