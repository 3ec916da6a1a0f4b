{{ config(severity='error', tags=['conservation']) }}

select * from {{ balances_of_a_day() }}
where verdict = 'broken'
