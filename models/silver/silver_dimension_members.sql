{{ config(
    unique_key=['dimension', 'member_id', 'member_key'],
    meta={'replaces': ['dimension', 'member_id', 'member_key']},
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

known as (
    select
        'product' as dimension,
        sku as member_id,
        cast(product_key as bigint) as member_key,
        date '1900-01-01' as effective_date,
        date '9999-12-31' as expiration_date
    from gold_product_dim
    union all
    select
        'location' as dimension,
        location_id as member_id,
        cast(location_key as bigint) as member_key,
        date '1900-01-01' as effective_date,
        date '9999-12-31' as expiration_date
    from gold_location_dim
    union all
    -- An order is taxed by its state, whatever the location.
    select distinct
        'state' as dimension,
        state_province as member_id,
        cast(1 as bigint) as member_key,
        date '1900-01-01' as effective_date,
        date '9999-12-31' as expiration_date
    from gold_location_dim
    union all
    select
        'channel' as dimension,
        channel_code as member_id,
        cast(channel_key as bigint) as member_key,
        date '1900-01-01' as effective_date,
        date '9999-12-31' as expiration_date
    from gold_channel_dim
    union all
    select
        'customer' as dimension,
        customer_id as member_id,
        customer_key as member_key,
        effective_date,
        expiration_date
    from gold_customer_dim
),

held as (
    select * from {{ held_members('known') }}
),

compared as (
    select
        coalesce(known.dimension, held.dimension) as dimension,
        coalesce(known.member_id, held.member_id) as member_id,
        coalesce(known.member_key, held.member_key) as member_key,
        coalesce(known.effective_date, held.effective_date) as effective_date,
        coalesce(known.expiration_date, held.expiration_date) as expiration_date,
        known.member_key is not null as is_known,
        held.is_known as was_known,
        known.effective_date = held.effective_date
        and known.expiration_date = held.expiration_date as is_valid_as_before
    from known
    full outer join held
        on known.dimension = held.dimension
        and known.member_id = held.member_id
        and known.member_key = held.member_key
),

-- A dimension without any member is an accident, not news about its members.
final as (
    select
        dimension,
        member_id,
        member_key,
        effective_date,
        expiration_date,
        is_known,
        {{ next_stamp() }} as _changed_at
    from compared
    where
        case
            when is_known then not coalesce(was_known and is_valid_as_before, false)
            else was_known and dimension in (select known.dimension from known)
        end
)

select * from final
