{{ config(
    unique_key=['customer_id', 'valid_from'],
    pre_hook="{{ check_list('customer') }}",
    post_hook='{{ protect_personal_data() }}',
) }}

select * from {{ history('customer') }}
