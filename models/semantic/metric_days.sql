with gold_date_dim as (
    select * from {{ ref('gold_date_dim') }}
),

final as (
    select calendar_date
    from gold_date_dim
    where date_key <> -1
)

select * from final
