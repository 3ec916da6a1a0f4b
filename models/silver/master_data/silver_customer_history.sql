{{ config(
    unique_key=['customer_id', 'valid_from'],
    post_hook='{{ protect_personal_data() }}',
) }}

select * from {{ history('customer') }}
