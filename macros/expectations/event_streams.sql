{#
  The streams by the name of their source, each with the models that its events go by (`typed`,
  `events` and `silver`), the column of its id, and whether it has line items. Expectations of
  `events` are about events, those of `silver` about what becomes of them.
#}
{% macro event_streams() -%}
    {{- return({
        'pos': {
            'typed': 'silver_pos_typed',
            'events': 'silver_pos_events',
            'silver': 'silver_transactions_unified',
            'id': 'transaction_id',
            'has_lines': true,
        },
        'ecommerce': {
            'typed': 'silver_ecommerce_typed',
            'events': 'silver_ecommerce_events',
            'silver': 'silver_ecommerce_unified',
            'id': 'order_id',
            'has_lines': true,
        },
        'inventory': {
            'typed': 'silver_inventory_typed',
            'events': 'silver_inventory_events',
            'silver': 'silver_inventory_movements',
            'id': 'movement_id',
            'has_lines': false,
        },
        'clickstream': {
            'typed': 'silver_clickstream_typed',
            'events': 'silver_click_events',
            'silver': 'silver_clickstream_events',
            'id': 'event_id',
            'has_lines': false,
        },
    }) -}}
{%- endmacro %}
