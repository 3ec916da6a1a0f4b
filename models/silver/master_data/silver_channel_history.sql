{{ config(
    unique_key=['channel_code', 'valid_from'],
    pre_hook="{{ check_list('channel') }}",
) }}

select * from {{ history('channel') }}
