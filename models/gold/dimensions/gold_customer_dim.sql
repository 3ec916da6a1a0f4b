with customer_snapshot as (
    select * from {{ ref('customer_snapshot') }}
),

-- Days come from the CRM's updated_at, so a version's number and days stay when later ones arrive.
versions as (
    select
        dbt_scd_id,
        row_number() over (partition by customer_id order by dbt_valid_from) as version_number,
        {{ utc_date('dbt_valid_from') }} as effective_date,
        lead({{ utc_date('dbt_valid_from') }})
            over (partition by customer_id order by dbt_valid_from)
            as next_effective_date
    from customer_snapshot
),

final as (
    select
        cast(customer_snapshot.customer_number as bigint) * 1000
        + cast(versions.version_number as bigint) as customer_key,
        customer_snapshot.customer_id,
        coalesce(customer_snapshot.email, 'unknown') as email,
        coalesce(customer_snapshot.first_name, 'unknown') as first_name,
        coalesce(customer_snapshot.last_name, 'unknown') as last_name,
        coalesce(customer_snapshot.segment, 'unknown') as segment,
        coalesce(customer_snapshot.loyalty_tier, 'unknown') as loyalty_tier,
        coalesce(customer_snapshot.lifetime_value, 0) as lifetime_value,
        coalesce(customer_snapshot.acquisition_date, date '1900-01-01') as acquisition_date,
        coalesce(customer_snapshot.acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(customer_snapshot.preferred_channel, 'unknown') as preferred_channel,
        coalesce(customer_snapshot.preferred_category, 'unknown') as preferred_category,
        coalesce(customer_snapshot.geo_region, 'unknown') as geo_region,
        coalesce(customer_snapshot.geo_city, 'unknown') as geo_city,
        coalesce(customer_snapshot.nearest_location_id, 'unknown') as nearest_location_id,
        coalesce(customer_snapshot.email_subscribe_flag, false) as email_subscribe_flag,
        coalesce(customer_snapshot.sms_subscribe_flag, false) as sms_subscribe_flag,
        case
            when versions.version_number = 1 then date '1900-01-01'
            else versions.effective_date
        end as effective_date,
        coalesce(versions.next_effective_date, date '9999-12-31') as expiration_date,
        versions.next_effective_date is null as is_current,
        coalesce(customer_snapshot.source_system, 'unknown') as source_system
    from customer_snapshot
    inner join versions on customer_snapshot.dbt_scd_id = versions.dbt_scd_id

    union all

    select
        cast(-1 as bigint) as customer_key,
        'UNKNOWN' as customer_id,
        'UNKNOWN' as email,
        'UNKNOWN' as first_name,
        'UNKNOWN' as last_name,
        'UNKNOWN' as segment,
        'UNKNOWN' as loyalty_tier,
        cast(0 as decimal(18, 2)) as lifetime_value,
        date '1900-01-01' as acquisition_date,
        'UNKNOWN' as acquisition_channel,
        'UNKNOWN' as preferred_channel,
        'UNKNOWN' as preferred_category,
        'UNKNOWN' as geo_region,
        'UNKNOWN' as geo_city,
        'UNKNOWN' as nearest_location_id,
        false as email_subscribe_flag,
        false as sms_subscribe_flag,
        date '1900-01-01' as effective_date,
        date '1900-01-01' as expiration_date,
        false as is_current,
        'UNKNOWN' as source_system
)

select * from final
