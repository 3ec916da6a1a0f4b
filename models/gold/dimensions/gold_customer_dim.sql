{{ config(unique_key='customer_key') }}

with silver_customer_history as (
    select
        *,
        lead(valid_from) over (partition by customer_id order by valid_from) as next_valid_from
    from {{ ref('silver_customer_history') }}
),

special_members as (
    select
        cast(-1 as bigint) as customer_key,
        'UNKNOWN' as name,
        'UNKNOWN' as segment
    union all
    select
        cast(-2 as bigint) as customer_key,
        'GUEST' as name,
        'guest' as segment
),

final as (
    select
        member_key * 10000000
        + {{ days_between("date '1900-01-01'", 'valid_from') }} as customer_key,
        customer_id,
        coalesce(email, 'unknown') as email,
        coalesce(first_name, 'unknown') as first_name,
        coalesce(last_name, 'unknown') as last_name,
        coalesce(segment, 'unknown') as segment,
        coalesce(loyalty_tier, 'unknown') as loyalty_tier,
        coalesce(lifetime_value, 0) as lifetime_value,
        coalesce(acquisition_date, date '1900-01-01') as acquisition_date,
        coalesce(acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(preferred_channel, 'unknown') as preferred_channel,
        coalesce(preferred_category, 'unknown') as preferred_category,
        coalesce(geo_region, 'unknown') as geo_region,
        coalesce(geo_city, 'unknown') as geo_city,
        coalesce(nearest_location_id, 'unknown') as nearest_location_id,
        coalesce(email_subscribe_flag, false) as email_subscribe_flag,
        coalesce(sms_subscribe_flag, false) as sms_subscribe_flag,
        valid_from as effective_date,
        coalesce(next_valid_from, date '9999-12-31') as expiration_date,
        next_valid_from is null as is_current,
        coalesce(source_system, 'unknown') as source_system
    from silver_customer_history

    union all

    select
        customer_key,
        name as customer_id,
        name as email,
        name as first_name,
        name as last_name,
        segment,
        name as loyalty_tier,
        cast(0 as decimal(18, 2)) as lifetime_value,
        date '1900-01-01' as acquisition_date,
        name as acquisition_channel,
        name as preferred_channel,
        name as preferred_category,
        name as geo_region,
        name as geo_city,
        name as nearest_location_id,
        false as email_subscribe_flag,
        false as sms_subscribe_flag,
        date '1900-01-01' as effective_date,
        date '1900-01-01' as expiration_date,
        false as is_current,
        name as source_system
    from special_members
)

select * from final
