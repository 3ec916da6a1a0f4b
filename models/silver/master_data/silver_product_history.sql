{{ config(
    unique_key=['sku', 'valid_from'],
    pre_hook="{{ check_list('product') }}",
) }}

select * from {{ history('product') }}
