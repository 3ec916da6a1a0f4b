{{ config(
    unique_key=['movement_id', '_version'],
    meta={'replaces': 'movement_id'},
) }}

with silver_inventory_typed as (
    select * from {{ ref('silver_inventory_typed') }}
    where {{ since_mark(ref('silver_inventory_typed'), '_ingested_at') }}
),

valid as (
    select * from silver_inventory_typed
    where {{ meets_expectations('silver_inventory_events') }}
),

final as (
    select * from {{ distinct_versions(
        events='valid',
        id='movement_id',
        columns=[
            'movement_id',
            'movement_type',
            'event_at',
            'date_key',
            'location_id',
            'sku',
            'quantity',
            'reason_code',
            'reference_id',
            'cost_per_unit',
            'movement_type_text',
            'timestamp_text',
            'quantity_text',
            'cost_per_unit_text',
            '_corrupt_record',
        ],
        fingerprint=event_fingerprint('inventory'),
    ) }}
)

select * from final
