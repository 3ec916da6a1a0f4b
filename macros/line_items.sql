{# The fields of a line item, in the order of the contract; both sale streams have the same. #}
{% macro line_item_fields() -%}
    {{- return(['sku', 'qty', 'price', 'discount', 'discount_type', 'qty_requested']) -}}
{%- endmacro %}


{# typed_line_item(item): SQL for each typed value of a struct of texts, by name, defaults filled in. #}
{% macro typed_line_item(item) -%}
    {%- set quantity = typed_integer(item ~ '.qty') -%}
    {{- return({
        'sku': typed_text(item ~ '.sku'),
        'quantity': quantity,
        'unit_price': typed_amount(item ~ '.price'),
        'unit_discount': 'coalesce(' ~ typed_amount(item ~ '.discount') ~ ', 0)',
        'discount_type': 'coalesce(' ~ typed_text(item ~ '.discount_type') ~ ", 'none')",
        'quantity_requested': 'coalesce(' ~ typed_integer(item ~ '.qty_requested') ~ ', ' ~ quantity ~ ')',
    }) -}}
{%- endmacro %}


{#
  line_items(events): for a FROM clause: the rows of a CTE once per element of their `items`, with all
  columns, line_number, the element's typed values and its texts as the struct `item`.
#}
{% macro line_items(events) -%}
    (
        with parsed as (
            select
                *,
                {{ parse_items('items', line_item_fields()) }} as item_list
            from {{ events }}
        ),

        exploded as (
            select * from {{ explode_items('parsed', 'item_list') }}
        )

        select
            *
            {%- for name, value in typed_line_item('item').items() %},
            {{ value }} as {{ name }}
            {%- endfor %}
        from exploded
    )
{%- endmacro %}


{# The typed values of all line items as one text, to compare two deliveries by. #}
{% macro typed_line_items(items) -%}
    {%- set values = [] -%}
    {%- for value in typed_line_item('item').values() -%}
        {%- do values.append("coalesce(cast(" ~ value ~ " as string), '')") -%}
    {%- endfor -%}
    {{- return(join_items(parse_items(items, line_item_fields()), 'item', "concat_ws('|', " ~ values | join(', ') ~ ")")) -}}
{%- endmacro %}
