{{ config(severity='warn', tags=['reconciliation']) }}

select
    stream,
    _source_file as file,
    size_bytes as bytes_taken_in,
    found_size_bytes as bytes_now
from {{ ref('ops_landed_files') }}
where state = 'changed'
