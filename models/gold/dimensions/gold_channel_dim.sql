{{ config(unique_key='channel_key') }}

with silver_channel_history as (
    select * from {{ ref('silver_channel_history') }}
),

final as (
    select
        cast(member_key as int) as channel_key,
        channel_code,
        coalesce(channel_name, 'unknown') as channel_name,
        coalesce(channel_type, 'unknown') as channel_type,
        coalesce(channel_category, 'unknown') as channel_category,
        coalesce(device_category, 'unknown') as device_category,
        coalesce(is_digital, false) as is_digital,
        coalesce(is_owned, false) as is_owned,
        cast(coalesce(commission_rate, 0) as decimal(5, 2)) as commission_rate,
        coalesce(source_system, 'unknown') as source_system,
        is_listed as is_active
    from silver_channel_history

    union all

    select
        -1 as channel_key,
        'UNKNOWN' as channel_code,
        'UNKNOWN' as channel_name,
        'UNKNOWN' as channel_type,
        'UNKNOWN' as channel_category,
        'UNKNOWN' as device_category,
        false as is_digital,
        false as is_owned,
        cast(0 as decimal(5, 2)) as commission_rate,
        'UNKNOWN' as source_system,
        false as is_active
)

select * from final
