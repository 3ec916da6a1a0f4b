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
  nested_json(field, fields): JSON of a nested object that parse_object made the struct
  `parsed_<field>`, or of the line items in the array `item_list`; null where a text was neither.
#}
{% macro nested_json(field, fields) -%}
    {%- if field == 'items' -%}
        {%- set item_jsons = join_items('item_list', 'item', fields_json('item', fields), ',') -%}
        {{- return("case when item_list is not null then concat('[', " ~ item_jsons ~ ", ']') end") -}}
    {%- endif -%}
    {%- set parsed = 'parsed_' ~ field -%}
    {{- return('case when ' ~ parsed ~ ' is not null then ' ~ fields_json(parsed, fields) ~ ' end') -}}
{%- endmacro %}


{#
  content_json(content): the JSON object of an event, nulls included. `content` maps its fields, in
  order, to the columns of their texts, and what is nested to the list of its fields: that is the
  nested_json in the column `<field>_json`, where there is one.
#}
{% macro content_json(content) -%}
    {%- set members = [] -%}
    {%- for field, column in content.items() -%}
        {%- do members.append(
            json_member(field, column) if column is string else json_member(field, field, field ~ '_json')
        ) -%}
    {%- endfor -%}
    {{- return(json_object(members)) -}}
{%- endmacro %}


{# fields_json(struct, fields): these fields of a struct of texts as a JSON object. #}
{% macro fields_json(struct, fields) -%}
    {%- set members = [] -%}
    {%- for field in fields -%}
        {%- do members.append(json_member(field, struct ~ '.' ~ field)) -%}
    {%- endfor -%}
    {{- return(json_object(members)) -}}
{%- endmacro %}


{# json_member(name, text, json): a member for json_object: its value is `json` where that is not null, else the text. #}
{% macro json_member(name, text, json='cast(null as string)') -%}
    {{- return(struct_of({'name': "'" ~ name ~ "'", 'text': text, 'json': json})) -}}
{%- endmacro %}


{# json_object(members): a JSON object. What spells a text stands in it once, however many members there are. #}
{% macro json_object(members) -%}
    {%- set value = 'coalesce(member.json, ' ~ json_text('member.text') ~ ')' -%}
    {%- set pair = "concat('\"', member.name, '\":', " ~ value ~ ')' -%}
    concat('{', {{ join_items(array_of(members), 'member', pair, ',') }}, '}')
{%- endmacro %}
