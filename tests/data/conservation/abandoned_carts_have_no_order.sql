{{ config(severity='warn', tags=['conservation']) }}

select * from {{ balances_of_abandoned_carts() }}
where verdict = 'broken'
