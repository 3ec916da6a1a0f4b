{{ config(
    unique_key=['product_key', 'location_key', 'date_key'],
    meta={'replaces': ['product_key', 'location_key', 'date_key']},
) }}

{%- set changed = changed_stock(ref('gold_product_dim'), ref('gold_location_dim')) %}

-- A day after the calendar has no date_key of its own, so it can't follow any balance.
with silver_inventory_movements as (
    select * from {{ ref('silver_inventory_movements') }}
    where
        {{ changed.is_after }}
        and local_date <= date '{{ var("date_dim_end") }}'
),

gold_product_price_history as (
    select * from {{ ref('gold_product_price_history') }}
),

-- The unknown day, -1, comes before all others.
changed_stock as (
    select
        product_key,
        location_key,
        min(date_key) as first_date_key
    from {{ changed.days }}
    group by
        product_key,
        location_key
),

balances_before as (
    {%- if is_incremental() %}
        select
            changed_stock.product_key,
            changed_stock.location_key,
            max_by(existing.quantity_on_hand, existing.date_key) as quantity_on_hand
        from changed_stock
        inner join {{ this }} as existing
            on changed_stock.product_key = existing.product_key
            and changed_stock.location_key = existing.location_key
            and changed_stock.first_date_key > existing.date_key
        group by
            changed_stock.product_key,
            changed_stock.location_key
    {%- else %}
    select
        product_key,
        location_key,
        0 as quantity_on_hand
    from changed_stock
    where false
    {%- endif %}
),

movements as (
    select movements.*
    from silver_inventory_movements as movements
    inner join changed_stock
        on movements.product_key = changed_stock.product_key
        and movements.location_key = changed_stock.location_key
        and movements.date_key >= changed_stock.first_date_key
),

daily as (
    select
        product_key,
        location_key,
        date_key,
        sum(case when movement_type = 'receipt' then quantity_change else 0 end)
            as received_quantity,
        sum(case when movement_type = 'transfer_in' then quantity_change else 0 end)
            as transferred_in_quantity,
        sum(case when movement_type = 'transfer_out' then -quantity_change else 0 end)
            as transferred_out_quantity,
        sum(case when movement_type = 'sale' then -quantity_change else 0 end) as sold_quantity,
        sum(case when movement_type = 'return' then quantity_change else 0 end)
            as returned_quantity,
        sum(case when movement_type = 'adjustment' then quantity_change else 0 end)
            as adjusted_quantity,
        sum(quantity_change) as net_change,
        max(event_at) as event_at,
        max(_ingested_at) as _ingested_at,
        max(local_date) as local_date
    from movements
    group by
        product_key,
        location_key,
        date_key
),

running as (
    select
        *,
        sum(net_change) over (
            partition by product_key, location_key
            order by date_key
            rows between unbounded preceding and current row
        ) as change_so_far
    from daily
),

balanced as (
    select
        running.*,
        cast(coalesce(opening.quantity_on_hand, 0) + running.change_so_far as bigint)
            as quantity_on_hand
    from running
    left join balances_before as opening
        on running.product_key = opening.product_key
        and running.location_key = opening.location_key
),

final as (
    select
        balanced.product_key,
        balanced.location_key,
        balanced.date_key,
        cast(balanced.received_quantity as bigint) as received_quantity,
        cast(balanced.transferred_in_quantity as bigint) as transferred_in_quantity,
        cast(balanced.transferred_out_quantity as bigint) as transferred_out_quantity,
        cast(balanced.sold_quantity as bigint) as sold_quantity,
        cast(balanced.returned_quantity as bigint) as returned_quantity,
        cast(balanced.adjusted_quantity as bigint) as adjusted_quantity,
        cast(balanced.net_change as bigint) as net_change,
        balanced.quantity_on_hand,
        cast(balanced.quantity_on_hand * coalesce(price.unit_cost, 0) as decimal(18, 2))
            as inventory_value_cost,
        cast(balanced.quantity_on_hand * coalesce(price.base_price, 0) as decimal(18, 2))
            as inventory_value_retail,
        balanced.quantity_on_hand <= 0 as is_stockout,
        balanced.event_at,
        balanced._ingested_at,
        balanced.local_date
    from balanced
    left join gold_product_price_history as price
        on {{ is_valid_for('balanced', 'product', 'price') }}
)

select * from final {{ changed.plan }}
