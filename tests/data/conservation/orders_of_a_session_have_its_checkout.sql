{{ config(severity='warn', tags=['conservation']) }}

select * from {{ balances_of_orders_and_checkouts() }}
where verdict = 'broken'
