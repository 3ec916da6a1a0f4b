{#
  event_fingerprint(stream): SQL for the md5 of what makes two deliveries the same event: the typed values of
  all fields of the contract, in its order, joined by `|`. A field that the contract has gained counts
  where it has a value, so that versions from before keep their fingerprint.
#}
{% macro event_fingerprint(stream) -%}
    md5(concat_ws(
        '|'
        {%- for value in event_content(stream) %},
        coalesce(cast({{ value }} as string), '')
        {%- endfor -%}
        {%- for column in gained_content(stream) %},
        '{{ column }}=' || {{ column }}
        {%- endfor %}
    ))
{%- endmacro %}


{# The text columns of fields that the contract of a stream has gained since the first version. #}
{% macro gained_content(stream) -%}
    {{- return({'pos': [], 'ecommerce': [], 'inventory': [], 'clickstream': []}[stream]) -}}
{%- endmacro %}


{# The typed values of a stream's fields, as SQL, in the order of the contract. #}
{% macro event_content(stream) -%}
    {{- return({
        'pos': [
            'transaction_id',
            'store_id',
            'register_id',
            micros('event_at'),
            'customer_id',
            'customer_segment',
            'channel_code',
            typed_line_items('items'),
            'payment_method',
            'associate_id',
            'transaction_type',
            'original_transaction_id',
        ],
        'ecommerce': [
            'order_id',
            'channel_code',
            micros('event_at'),
            'customer_id',
            'customer_segment',
            'ship_to_city',
            'ship_to_state',
            'ship_to_zip',
            'shipping_method',
            typed_line_items('items'),
            'payment_method',
            'promo_code',
            'session_id',
        ],
        'inventory': [
            'movement_id',
            'movement_type',
            micros('event_at'),
            'location_id',
            'sku',
            'quantity',
            'reason_code',
            'reference_id',
            'cost_per_unit',
        ],
        'clickstream': [
            'event_id',
            'session_id',
            'event_type',
            micros('event_at'),
            'channel_code',
            'customer_id',
            'customer_segment',
            'page_url',
            'sku',
            'device_type',
            'browser',
            'referrer',
            'cart_items',
            'cart_value',
            'order_id',
        ],
    }[stream]) -}}
{%- endmacro %}
