{# The JSON of a rejected row: the fields of the contract in its order, every value a string. #}

{#
  raw_content(stream, items): the event as it was written, from the struct `texts` of its bronze
  columns. `items` is SQL for the JSON of its line items, where it is not that of all of them.
#}
{% macro raw_content(stream, items=none) -%}
    {%- set members = [] -%}
    {%- for field in var('streams')[stream].fields -%}
        {%- set text, json = 'texts.' ~ field.name, none -%}
        {%- if field.type == 'items' -%}
            {%- set item = json_of_texts(var('line_item_fields'), 'item.') -%}
            {%- set list = parse_items(text, var('line_item_fields')) -%}
            {%- set json = items or "'[' || " ~ join_items(list, 'item', item, ',') ~ " || ']'" -%}
        {%- elif field.type == 'object' -%}
            {%- set names = field.fields | map(attribute='name') | list -%}
            {%- set parsed = dbt.array_construct([parse_object(text, names)]) -%}
            {%- set json = 'case when parsed is not null then '
                ~ json_of_texts(field.fields, 'parsed.') ~ ' end' -%}
            {%- set json = 'nullif(' ~ join_items(parsed, 'parsed', json, '') ~ ", '')" -%}
        {%- endif -%}
        {%- do members.append(json_member(field.name, text, json)) -%}
    {%- endfor -%}
    {{- return(json_object(members)) -}}
{%- endmacro %}

{# json_of_typed(fields, row): the typed values of these fields; `row` is the struct with them. #}
{% macro json_of_typed(fields, row='') -%}
    {%- set members = [] -%}
    {%- for field in fields -%}
        {%- set text, json = none, none -%}
        {%- if field.type == 'items' -%}
            {%- set item = json_of_typed(var('line_item_fields'), 'item.') -%}
            {%- set json = "'[' || " ~ join_items('items', 'item', item, ',') ~ " || ']'" -%}
        {%- elif field.type == 'object' -%}
            {%- set json = json_of_typed(field.fields, row) -%}
        {%- else -%}
            {%- set text = utc_text(row ~ (field.column or field.name)) if field.type == 'timestamp'
                else typed_as_text(field, row) -%}
        {%- endif -%}
        {%- do members.append(json_member(field.name, text, json)) -%}
    {%- endfor -%}
    {{- return(json_object(members)) -}}
{%- endmacro %}

{# json_of_texts(fields, row): these fields of a struct of texts. #}
{% macro json_of_texts(fields, row) -%}
    {%- set members = [] -%}
    {%- for name in fields | map(attribute='name') -%}
        {%- do members.append(json_member(name, row ~ name)) -%}
    {%- endfor -%}
    {{- return(json_object(members)) -}}
{%- endmacro %}

{# json_member(name, text, json): for json_object: a name with its value: `json`, else the text. #}
{% macro json_member(name, text, json=none) -%}
    {%- set missing = 'cast(null as string)' -%}
    {%- set name = "'" ~ name ~ "'" -%}
    {{- return(struct_of({'name': name, 'text': text or missing, 'json': json or missing})) -}}
{%- endmacro %}

{# json_object(members): a JSON object. What spells a text stands once, however many members. #}
{% macro json_object(members) -%}
    {%- set value = 'coalesce(member.json, ' ~ json_text('member.text') ~ ')' -%}
    {%- set pair = "concat('\"', member.name, '\":', " ~ value ~ ')' -%}
    {%- set pairs = join_items(dbt.array_construct(members), 'member', pair, ',') -%}
    {{- return("concat('{', " ~ pairs ~ ", '}')") -}}
{%- endmacro %}
