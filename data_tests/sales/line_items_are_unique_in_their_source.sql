{%- set pos, ecommerce = ref('gold_sales_fact'), ref('gold_sales_fact_ecommerce') %}

with gold_sales_fact_all as (
    select * from {{ ref('gold_sales_fact_all') }}
    where
        source_system = 'pos' and {{ touched(pos) }}
        or source_system = 'ecommerce' and {{ touched(ecommerce) }}
        or source_system not in ('pos', 'ecommerce')
)

select
    source_system,
    line_item_id
from gold_sales_fact_all
group by
    source_system,
    line_item_id
having count(*) > 1
