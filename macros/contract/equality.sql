{#
  Two deliveries are the same event when the texts of their typed values are equal, which no two
  different events share: each value comes after its length in bytes and a colon.
#}

{# event_text(stream): SQL for the text of the typed values of an event, in contract order. #}
{% macro event_text(stream) -%}
    {{- return(fields_text(var('streams')[stream].fields)) -}}
{%- endmacro %}

{#
  fields_text(fields, row): the texts of these fields' typed values; `row` is the struct with them.
  A field that the contract gained later counts last and by name, and only where it has a value: so
  the texts of older events stay as they were.
#}
{% macro fields_text(fields, row='') -%}
    {%- set texts, gained = [], [] -%}
    {%- for field in fields -%}
        {%- for part in field.fields or [field] -%}
            {%- set text = typed_as_text(part, row) -%}
            {%- set name = field.name ~ ('.' ~ part.name if field.fields else '') -%}
            {%- do texts.append(text) if not field.gained else gained.append(
                "case when " ~ text ~ " is not null then concat('" ~ name ~ "=', "
                ~ measured_texts(dbt.array_construct([text])) ~ ") else '' end"
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set measured = measured_texts(dbt.array_construct(texts)) -%}
    {{- return('concat(' ~ ([measured] + gained) | join(', ') ~ ')' if gained else measured) -}}
{%- endmacro %}

{# typed_as_text(field, row): a field's typed value as a text; without line items, an empty one. #}
{% macro typed_as_text(field, row='') -%}
    {%- set column = row ~ (field.column or field.name) -%}
    {%- if field.type in ('text', 'word') -%}
        {{- return(column) -}}
    {%- elif field.type == 'items' -%}
        {%- set item = fields_text(var('line_item_fields'), 'item.') -%}
        {%- set items = measured_texts(transform_items(column, 'item', item)) -%}
        {{- return('coalesce(' ~ items ~ ", '')") -}}
    {%- endif -%}
    {%- set value = micros(column) if field.type == 'timestamp' else column -%}
    {{- return('cast(' ~ value ~ ' as string)') -}}
{%- endmacro %}

{# measured_texts(texts): texts of an array, each after its bytes and a colon; null as `-`. #}
{% macro measured_texts(texts) -%}
    {%- set length = 'cast(cast(bit_length(value) / 8 as int) as string)' -%}
    {{- return(join_items(texts, 'value', 'coalesce(' ~ length ~ " || ':' || value, '-')", '')) -}}
{%- endmacro %}

{# quarantine_id(stream, texts): the key of a row, from texts that no other row shares. #}
{% macro quarantine_id(stream, texts) -%}
    md5({{ measured_texts(dbt.array_construct(["'" ~ stream ~ "'"] + texts)) }})
{%- endmacro %}
