{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['dimension', 'member_id', 'valid_from'],
    on_schema_change='append_new_columns',
    post_hook='{{ register_changed_members() }}',
) }}

with gold_product_price_history as (
    select * from {{ ref('gold_product_price_history') }}
),

gold_location_rate_history as (
    select * from {{ ref('gold_location_rate_history') }}
),

gold_location_dim as (
    select * from {{ ref('gold_location_dim') }}
),

gold_channel_dim as (
    select * from {{ ref('gold_channel_dim') }}
    where channel_key > 0
),

gold_customer_dim as (
    select * from {{ ref('gold_customer_dim') }}
    where customer_key > 0
),

gold_date_dim as (
    select * from {{ ref('gold_date_dim') }}
    where date_key > 0
),

known as (
    select
        'product' as dimension,
        sku as member_id,
        valid_from,
        concat(
            product_key,
            ' ', coalesce(cast(base_price as string), ''),
            ' ', coalesce(cast(unit_cost as string), '')
        ) as value
    from gold_product_price_history

    union all

    select
        'location' as dimension,
        rate.location_id as member_id,
        rate.valid_from,
        concat(
            rate.location_key,
            ' ', location.timezone,
            ' ', coalesce(cast(rate.state_tax_rate as string), '')
        ) as value
    from gold_location_rate_history as rate
    inner join gold_location_dim as location on rate.location_key = location.location_key

    union all

    select
        'state' as dimension,
        rate_of_state as member_id,
        valid_from,
        coalesce(cast(state_tax_rate as string), '') as value
    from gold_location_rate_history
    where rate_of_state is not null

    union all

    select
        'channel' as dimension,
        channel_code as member_id,
        date '1900-01-01' as valid_from,
        cast(channel_key as string) as value
    from gold_channel_dim

    union all

    select
        'customer' as dimension,
        customer_id as member_id,
        effective_date as valid_from,
        cast(customer_key as string) as value
    from gold_customer_dim

    union all

    select
        'calendar' as dimension,
        'calendar' as member_id,
        date '1900-01-01' as valid_from,
        concat(min(calendar_date), ' ', max(calendar_date)) as value
    from gold_date_dim
    having count(*) > 0
),

existing as (
    {%- if is_incremental() %}
        select
            dimension,
            member_id,
            valid_from,
            value
        from {{ this }}
        where is_known
    {%- else %}
    select * from known
    where false
    {%- endif %}
),

dimensions as (
    select distinct dimension from known
),

-- An empty dimension is an error, which the facts stop at: its members are not taken for gone.
final as (
    select
        coalesce(known.dimension, existing.dimension) as dimension,
        coalesce(known.member_id, existing.member_id) as member_id,
        coalesce(known.valid_from, existing.valid_from) as valid_from,
        coalesce(known.value, existing.value) as value,
        known.value is not null as is_known,
        {{ from_micros(next_load()) if is_loading() else 'cast(null as timestamp)' }} as _changed_at
    from known
    full outer join existing
        on known.dimension = existing.dimension
        and known.member_id = existing.member_id
        and known.valid_from = existing.valid_from
    where
        known.value is distinct from existing.value
        and (
            known.value is not null
            or existing.dimension in (select dimensions.dimension from dimensions)
        )
)

select * from final
