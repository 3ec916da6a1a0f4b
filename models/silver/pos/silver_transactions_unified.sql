with silver_pos_line_items as (
    select * from {{ ref('silver_pos_line_items') }}
    where verdict = 'current' and item_failed_expectations is null
),

gold_product_dim as (
    select * from {{ ref('gold_product_dim') }}
),

gold_location_dim as (
    select * from {{ ref('gold_location_dim') }}
),

gold_channel_dim as (
    select * from {{ ref('gold_channel_dim') }}
),

gold_customer_dim as (
    select * from {{ ref('gold_customer_dim') }}
),

-- What a file leaves out is filled in here. Goods come back on a return, whatever the sign of their
-- quantity, and on a sale where it is negative.
completed as (
    select
        transaction_id,
        line_number,
        store_id,
        register_id,
        event_at,
        customer_id,
        customer_segment,
        coalesce(channel_code, 'STORE_POS') as channel_code,
        sku,
        abs(quantity) as quantity,
        quantity_requested,
        unit_price,
        coalesce(unit_discount, 0) as unit_discount,
        coalesce(discount_type, 'none') as discount_type,
        line_total,
        payment_method,
        associate_id,
        coalesce(transaction_type, 'sale') as transaction_type,
        coalesce(transaction_type, 'sale') = 'return' or quantity < 0 as is_return,
        original_transaction_id,
        updated_at,
        _source_file,
        _ingested_at,
        _changed_at
    from silver_pos_line_items
),

keyed as (
    select * from {{ with_dimension_keys('completed', {
        'product': 'sku',
        'location': 'store_id',
        'channel': 'channel_code',
        'customer': 'customer_id',
    }) }}
),

final as (
    select
        transaction_id,
        line_number,
        store_id,
        register_id,
        event_at,
        {{ date_key('local_date') }} as date_key,
        {{ time_key('local_at') }} as time_key,
        customer_id,
        known_segment as customer_segment,
        channel_code,
        sku,
        quantity,
        case
            when is_return then quantity
            else coalesce(quantity_requested, quantity)
        end as quantity_requested,
        unit_price,
        unit_discount,
        discount_type,
        payment_method,
        associate_id,
        transaction_type,
        is_return,
        original_transaction_id,
        customer_key,
        product_key,
        location_key,
        channel_key,
        line_total,
        updated_at,
        _source_file,
        _ingested_at,
        _changed_at,
        local_date
    from keyed
)

select * from final
