{{ config(unique_key=['location_id', 'valid_from']) }}

select * from {{ history('location') }}
