{{ config(severity='warn', tags=['conservation']) }}

select * from {{ balances_of_transfers() }}
where verdict = 'broken'
