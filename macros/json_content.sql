{#
  The content of an event as JSON, as both engines write it: for the quarantine, from the texts that
  the typed step keeps.
#}

{# The fields of an order's shipping_address and of a click's cart, in the order of the contract. #}
{% macro shipping_address_fields() -%}
    {{- return(['city', 'state', 'zip']) -}}
{%- endmacro %}

{% macro cart_fields() -%}
    {{- return(['items', 'value']) -}}
{%- endmacro %}


{# json_object(fields): a JSON object from a mapping of names to SQL for JSON texts. #}
{% macro json_object(fields) -%}
    concat(
        '{',
        {% for name, value in fields.items() -%}
        '"{{ name }}":', {{ value }},{% if not loop.last %} ',',{% endif %}
        {% endfor -%}
        '}'
    )
{%- endmacro %}


{# parsed_object_json(text, fields): a nested object, rebuilt from these fields; what is no object, as the text it is. #}
{% macro parsed_object_json(text, fields) -%}
    {%- set parsed = parse_object(text, fields) -%}
    {%- set texts = {} -%}
    {%- for field in fields -%}
        {%- do texts.update({field: json_text('(' ~ parsed ~ ').' ~ field)}) -%}
    {%- endfor -%}
    case when {{ parsed }} is null then {{ json_text(text) }} else {{ json_object(texts) }} end
{%- endmacro %}
