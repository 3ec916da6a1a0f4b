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


{#
  content_json(content): the JSON object of an event, nulls included. `content` maps its fields, in
  order, to the columns of their texts. A nested object is mapped to the list of its fields and rebuilt
  from the struct `parsed_<field>`, the line items from the array `item_list`; what was no object or
  array there is a text.
#}
{% macro content_json(content) -%}
    {%- set values = {} -%}
    {%- for field, column in content.items() -%}
        {%- if field == 'items' -%}
            {%- set array = "concat('[', " ~ join_items('item_list', 'item', fields_json('item', line_item_fields()), ',') ~ ", ']')" -%}
            {%- do values.update({field: 'case when item_list is null then ' ~ json_text('items') ~ ' else ' ~ array ~ ' end'}) -%}
        {%- elif column is string -%}
            {%- do values.update({field: json_text(column)}) -%}
        {%- else -%}
            {%- set parsed = 'parsed_' ~ field -%}
            {%- do values.update({
                field: 'case when ' ~ parsed ~ ' is null then ' ~ json_text(field) ~ ' else ' ~ fields_json(parsed, column) ~ ' end'
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(json_object(values)) -}}
{%- endmacro %}


{# fields_json(struct, fields): these fields of a struct of texts as a JSON object. #}
{% macro fields_json(struct, fields) -%}
    {%- set values = {} -%}
    {%- for field in fields -%}
        {%- do values.update({field: json_text(struct ~ '.' ~ field)}) -%}
    {%- endfor -%}
    {{- return(json_object(values)) -}}
{%- endmacro %}


{# json_object(values): a JSON object from a mapping of names to SQL for JSON texts. #}
{% macro json_object(values) -%}
    concat(
        '{',
        {% for name, value in values.items() -%}
        '"{{ name }}":', {{ value }},{% if not loop.last %} ',',{% endif %}
        {% endfor -%}
        '}'
    )
{%- endmacro %}
