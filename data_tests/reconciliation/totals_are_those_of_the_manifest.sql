{{ config(severity='error', tags=['reconciliation']) }}
{%- set manifest_files -%}
    (
        with manifests as (
            select
                _source_file as manifest,
                files
            from {{ relation_named('ops_batch_manifests') }}
        )

        select
            manifest,
            item.path as _source_file
        from {{ explode_items('manifests', 'files') }} as manifest_files
    )
{%- endset %}
{%- set is_touched = is_touched_file() %}
{%- if is_touched != 'true' %}
    {%- set is_touched = is_one_of_rows(
        '_source_file',
        'select manifest as _source_file from ' ~ manifest_files ~ ' as manifest_files where '
        ~ is_touched
    ) %}
{%- endif %}

select
    stream,
    batch,
    quantity_difference,
    net_sales_difference
from {{ ref('ops_control_totals') }}
where verdict = 'differs' and {{ is_touched }}
