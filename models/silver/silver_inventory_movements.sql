{{ config(
    unique_key='movement_id',
    meta={'replaces': 'movement_id', 'changes': {'silver_inventory_events': 'movement_id'}},
) }}

{%- set rekeyed = rekeyed(ref('silver_dimension_members'), 'movement_id', {
    'product': 'sku',
    'location': 'location_id',
}) %}

with silver_inventory_events as (
    select * from {{ ref('silver_inventory_events') }}
    where
        is_current
        and (
            {{ since_mark(ref('silver_inventory_events'), '_changed_at') }}
            or {{ rekeyed.condition }}
        )
),

gold_product_dim as (
    select * from {{ ref('gold_product_dim') }}
),

gold_location_dim as (
    select * from {{ ref('gold_location_dim') }}
),

repeated_movements as (
    select id from {{ repeated_ids(ref('silver_inventory_events'), 'movement_id') }}
),

empty_dimensions as (
    select id from {{ empty_dimensions([
        'gold_product_dim',
        'gold_location_dim',
    ]) }}
),

keyed as (
    select * from {{ with_dimension_keys('silver_inventory_events', {
        'product': 'sku',
        'location': 'location_id',
    }) }}
),

final as (
    select
        movement_id,
        event_at,
        date_key,
        {{ time_key('event_at') }} as time_key,
        movement_type,
        location_id,
        sku,
        quantity,
        -- Writers disagree about the sign, but for an adjustment.
        case
            when movement_type in ('receipt', 'transfer_in', 'return') then abs(quantity)
            when movement_type in ('sale', 'transfer_out') then -abs(quantity)
            when movement_type = 'adjustment' then quantity
        end as quantity_change,
        reason_code,
        reference_id,
        cost_per_unit,
        product_key,
        location_key,
        (select count(*) from empty_dimensions) = 0 as are_dimensions_loaded,
        _source_file,
        _ingested_at,
        {{ rekeyed.stamp }} as _keyed_at
    from keyed
    where
        {{ stop_if('silver_inventory_movements__unique_movement', 'repeated_movements') }}
        and {{ stop_if('silver_inventory_movements__dimensions_loaded', 'empty_dimensions') }}
)

select * from final
