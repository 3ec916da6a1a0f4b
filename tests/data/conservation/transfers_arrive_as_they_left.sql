select * from {{ balances_of_transfers() }}
where verdict = 'broken'
