{{ config(unique_key=['channel_code', 'valid_from']) }}

select * from {{ history('channel') }}
