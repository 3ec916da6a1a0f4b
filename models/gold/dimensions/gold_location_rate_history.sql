{{ config(materialized='view') }}

with silver_location_history as (
    select * from {{ ref('silver_location_history') }}
),

gold_location_dim as (
    select * from {{ ref('gold_location_dim') }}
    where location_key <> -1
),

-- A state's rate is that of its place with the smallest id.
taxed_states as (
    select
        {{ typed_word('state_province') }} as state,
        min(location_id) as location_id
    from gold_location_dim
    where state_province <> 'unknown'
    group by {{ typed_word('state_province') }}
),

final as (
    select
        cast(rate.member_key as int) as location_key,
        rate.location_id,
        rate.state_tax_rate,
        rate.valid_from,
        coalesce(
            lead(rate.valid_from) over (partition by rate.location_id order by rate.valid_from),
            date '9999-12-31'
        ) as valid_to,
        taxed_states.state as rate_of_state
    from silver_location_history as rate
    left join taxed_states on rate.location_id = taxed_states.location_id
)

select * from final
