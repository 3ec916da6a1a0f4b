{{ config(severity='error', tags=['reconciliation']) }}

select
    stream,
    _source_file as file,
    breach
from {{ ref('ops_reconciliation') }}
where verdict = 'unaccounted' and {{ is_touched_file() }}
