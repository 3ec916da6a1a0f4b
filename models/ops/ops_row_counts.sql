{{ config(materialized='view') }}

{%- set layers = {
    'bronze': [],
    'silver': ['silver_checkouts', 'silver_quarantined_events'],
    'gold': [
        'gold_cart_abandonment_fact',
        'gold_channel_dim',
        'gold_customer_dim',
        'gold_date_dim',
        'gold_inventory_fact',
        'gold_location_dim',
        'gold_product_dim',
        'gold_sales_fact_all',
        'gold_time_dim',
    ],
} %}
{%- for registry in var('streams').values() %}
    {%- do layers.bronze.append(registry.bronze) %}
    {%- do layers.silver.extend([registry.deliveries, registry.silver]) %}
    {%- do layers.gold.append(registry.fact) %}
{%- endfor %}

with counted as (
    {% for layer, tables in layers.items() %}
        {% set outer = loop %}
        {% for table in tables | sort %}
            select
                '{{ layer }}' as layer,
                '{{ table }}' as table_name,
                count(*) as row_count,
                {{ 100 * outer.index + loop.index }} as position
            from {{ ref(table) }}
            {{ 'union all' if not (loop.last and outer.last) }}
        {% endfor %}
    {% endfor %}
)

select
    layer,
    table_name,
    row_count,
    position
from counted
