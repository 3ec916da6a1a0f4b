{{ config(unique_key=['sku', 'valid_from']) }}

select * from {{ history('product') }}
