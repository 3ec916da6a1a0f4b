{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['dimension', 'member_id', 'member_key'],
    on_schema_change='append_new_columns',
    post_hook='{{ register_changed_members() }}',
) }}

with gold_product_dim as (
    select * from {{ ref('gold_product_dim') }}
    where product_key <> -1
),

gold_location_dim as (
    select * from {{ ref('gold_location_dim') }}
    where location_key <> -1
),

gold_channel_dim as (
    select * from {{ ref('gold_channel_dim') }}
    where channel_key <> -1
),

gold_customer_dim as (
    select * from {{ ref('gold_customer_dim') }}
    where customer_key <> -1
),

gold_date_dim as (
    select * from {{ ref('gold_date_dim') }}
    where date_key <> -1
),

known as (
    select
        'product' as dimension,
        sku as member_id,
        cast(product_key as bigint) as member_key,
        date '1900-01-01' as effective_date,
        date '9999-12-31' as expiration_date,
        cast(null as string) as timezone
    from gold_product_dim
    union all
    select
        'location' as dimension,
        location_id as member_id,
        cast(location_key as bigint) as member_key,
        date '1900-01-01' as effective_date,
        date '9999-12-31' as expiration_date,
        timezone
    from gold_location_dim
    union all
    -- An order is taxed by its state, whatever the location.
    select distinct
        'state' as dimension,
        state_province as member_id,
        cast(1 as bigint) as member_key,
        date '1900-01-01' as effective_date,
        date '9999-12-31' as expiration_date,
        cast(null as string) as timezone
    from gold_location_dim
    union all
    select
        'channel' as dimension,
        channel_code as member_id,
        cast(channel_key as bigint) as member_key,
        date '1900-01-01' as effective_date,
        date '9999-12-31' as expiration_date,
        cast(null as string) as timezone
    from gold_channel_dim
    union all
    select
        'customer' as dimension,
        customer_id as member_id,
        customer_key as member_key,
        effective_date,
        expiration_date,
        cast(null as string) as timezone
    from gold_customer_dim
    union all
    select
        'calendar' as dimension,
        'calendar' as member_id,
        cast(1 as bigint) as member_key,
        min(calendar_date) as effective_date,
        max(calendar_date) as expiration_date,
        cast(null as string) as timezone
    from gold_date_dim
    having count(*) > 0
),

existing as (
    select
        *,
        true as is_known
    from known
    where false
    {%- if is_incremental() %}
        union all
        select
            dimension,
            member_id,
            member_key,
            effective_date,
            expiration_date,
            timezone,
            is_known
        from {{ this }}
    {%- endif %}
),

compared as (
    select
        coalesce(known.dimension, existing.dimension) as dimension,
        coalesce(known.member_id, existing.member_id) as member_id,
        coalesce(known.member_key, existing.member_key) as member_key,
        coalesce(known.effective_date, existing.effective_date) as effective_date,
        coalesce(known.expiration_date, existing.expiration_date) as expiration_date,
        coalesce(known.timezone, existing.timezone) as timezone,
        known.member_key is not null as is_known,
        existing.is_known as was_known,
        known.effective_date = existing.effective_date
        and known.expiration_date = existing.expiration_date
        and known.timezone is not distinct from existing.timezone as is_as_before
    from known
    full outer join existing
        on known.dimension = existing.dimension
        and known.member_id = existing.member_id
        and known.member_key = existing.member_key
),

-- An empty dimension is an error, which the facts stop at: its members are not taken for gone.
final as (
    select
        dimension,
        member_id,
        member_key,
        effective_date,
        expiration_date,
        timezone,
        is_known,
        {{ from_micros(next_load()) if is_loading() else 'cast(null as timestamp)' }} as _changed_at
    from compared
    where
        case
            when is_known then not coalesce(was_known and is_as_before, false)
            else was_known and dimension in (select known.dimension from known)
        end
)

select * from final
