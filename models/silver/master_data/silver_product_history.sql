{{ config(
    unique_key=['sku', 'valid_from'],
    pre_hook="{{ check_list('product') }}",
) }}

{{ history('product') }}
