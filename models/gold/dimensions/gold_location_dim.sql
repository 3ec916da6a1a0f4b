{{ config(unique_key='location_key') }}

with silver_location_history as (
    select * from {{ ref('silver_location_history') }}
    qualify row_number() over (partition by location_id order by valid_from desc) = 1
),

time_zones as (
    select * from {{ ref('time_zones') }}
),

zoned as (
    select
        silver_location_history.*,
        time_zones.timezone as usable_timezone
    from silver_location_history
    left join time_zones on silver_location_history.timezone = time_zones.timezone
),

final as (
    select
        cast(member_key as int) as location_key,
        location_id,
        coalesce(location_name, 'unknown') as location_name,
        coalesce(location_type, 'unknown') as location_type,
        store_format,
        coalesce(district, 'unknown') as district,
        coalesce(city, 'unknown') as city,
        coalesce(state_province, 'unknown') as state_province,
        coalesce(postal_code, 'unknown') as postal_code,
        coalesce(region, 'unknown') as region,
        coalesce(country, 'unknown') as country,
        coalesce(latitude, 0) as latitude,
        coalesce(longitude, 0) as longitude,
        coalesce(selling_sqft, 0) as selling_sqft,
        coalesce(total_sqft, 0) as total_sqft,
        coalesce(open_date, date '1900-01-01') as open_date,
        coalesce(is_active, true) and is_listed as is_active,
        coalesce(usable_timezone, {{ business_timezone() }}) as timezone,
        cast(coalesce(state_tax_rate, 0) as decimal(7, 5)) as state_tax_rate,
        coalesce(source_system, 'unknown') as source_system
    from zoned

    union all

    select
        -1 as location_key,
        'UNKNOWN' as location_id,
        'UNKNOWN' as location_name,
        'UNKNOWN' as location_type,
        'UNKNOWN' as store_format,
        'UNKNOWN' as district,
        'UNKNOWN' as city,
        'UNKNOWN' as state_province,
        'UNKNOWN' as postal_code,
        'UNKNOWN' as region,
        'UNKNOWN' as country,
        cast(0 as double) as latitude,
        cast(0 as double) as longitude,
        0 as selling_sqft,
        0 as total_sqft,
        date '1900-01-01' as open_date,
        false as is_active,
        'UNKNOWN' as timezone,
        cast(0 as decimal(7, 5)) as state_tax_rate,
        'UNKNOWN' as source_system
)

select * from final
