{{ config(unique_key='product_key') }}

with silver_product_history as (
    select * from {{ ref('silver_product_history') }}
    qualify row_number() over (partition by sku order by valid_from desc) = 1
),

final as (
    select
        cast(member_key as int) as product_key,
        coalesce(product_id, 'unknown') as product_id,
        sku,
        coalesce(product_name, 'unknown') as product_name,
        coalesce(brand, 'unknown') as brand,
        coalesce(category_level_1, 'unknown') as category_level_1,
        coalesce(category_level_2, 'unknown') as category_level_2,
        coalesce(category_level_3, 'unknown') as category_level_3,
        coalesce(color_family, 'unknown') as color_family,
        coalesce(color_name, 'unknown') as color_name,
        coalesce(size_range, 'unknown') as size_range,
        coalesce(material_primary, 'unknown') as material_primary,
        coalesce(season_code, 'unknown') as season_code,
        launch_date,
        end_of_life_date,
        coalesce(base_price, 0) as base_price,
        coalesce(unit_cost, 0) as unit_cost,
        -- In whole cents a double's quotient is a half exactly when the margin is one.
        cast(
            case
                when base_price > 0
                    then
                        greatest(
                            round(
                                cast((base_price - coalesce(unit_cost, 0)) * 100 as double) * 10000
                                / cast(base_price * 100 as double)
                            ) / 100,
                            -9999999.99
                        )
                else 0
            end
            as decimal(9, 2)
        ) as margin_percent,
        coalesce(price_tier, 'unknown') as price_tier,
        coalesce(sustainability_flag, false) as sustainability_flag,
        coalesce(is_active, true) and is_listed as is_active,
        coalesce(source_system, 'unknown') as source_system
    from silver_product_history

    union all

    select
        -1 as product_key,
        'UNKNOWN' as product_id,
        'UNKNOWN' as sku,
        'UNKNOWN' as product_name,
        'UNKNOWN' as brand,
        'UNKNOWN' as category_level_1,
        'UNKNOWN' as category_level_2,
        'UNKNOWN' as category_level_3,
        'UNKNOWN' as color_family,
        'UNKNOWN' as color_name,
        'UNKNOWN' as size_range,
        'UNKNOWN' as material_primary,
        'UNKNOWN' as season_code,
        date '1900-01-01' as launch_date,
        date '1900-01-01' as end_of_life_date,
        cast(0 as decimal(18, 2)) as base_price,
        cast(0 as decimal(18, 2)) as unit_cost,
        cast(0 as decimal(9, 2)) as margin_percent,
        'UNKNOWN' as price_tier,
        false as sustainability_flag,
        false as is_active,
        'UNKNOWN' as source_system
)

select * from final
