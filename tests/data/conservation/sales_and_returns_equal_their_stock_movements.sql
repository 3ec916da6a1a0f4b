{{ config(severity='warn', tags=['conservation']) }}

select * from {{ balances_of_sales_and_movements() }}
where verdict = 'broken'
