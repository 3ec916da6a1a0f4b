{{ config(severity='warn', tags=['reconciliation']) }}

select
    stream,
    _source_file as file,
    line_count as lines_taken_in
from {{ ref('ops_landed_files') }}
where state = 'vanished'
