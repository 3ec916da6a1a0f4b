{{ config(severity='error', tags=['conservation']) }}

select * from {{ balances_from_day_to_day() }}
where verdict = 'broken'
