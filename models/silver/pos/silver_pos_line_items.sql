with silver_pos_deliveries as (
    select * from {{ ref('silver_pos_deliveries') }}
),

final as (
    select
        transaction_id,
        line_number,
        store_id,
        register_id,
        event_at,
        customer_id,
        customer_segment,
        channel_code,
        {{ line_item_columns() }},
        payment_method,
        associate_id,
        transaction_type,
        original_transaction_id,
        updated_at,
        verdict,
        _source_file,
        _ingested_at,
        _load,
        _changed_at
    from {{ explode_items('silver_pos_deliveries', 'items') }}
)

select * from final
