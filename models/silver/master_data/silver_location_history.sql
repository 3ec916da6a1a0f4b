{{ config(
    unique_key=['location_id', 'valid_from'],
    pre_hook="{{ check_list('location') }}",
) }}

select * from {{ history('location') }}
