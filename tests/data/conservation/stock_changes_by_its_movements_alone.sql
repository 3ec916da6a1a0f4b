{{ config(severity='error', tags=['conservation']) }}

select * from {{ balances_of_stock_and_movements() }}
where verdict = 'broken'
