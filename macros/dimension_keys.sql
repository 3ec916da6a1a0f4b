{#
  with_dimension_keys(rows, references): for a FROM clause: the rows of a CTE with `<dimension>_key` for
  each entry of `references`, a mapping of product, location, channel, customer to the column that
  holds the id. What no member answers has the key of the unknown member, -1. A customer is the version
  that is valid at event_at; with it comes `known_segment`, the row's own or else the customer's.
  The CTEs of the dimensions are named as the models they read.
#}
{% macro with_dimension_keys(rows, references) -%}
    (
        select
            {{ rows }}.*
            {%- for dimension in references %},
            coalesce({{ dimension }}.{{ dimension }}_key, -1) as {{ dimension }}_key
            {%- endfor %}
            {%- if 'customer' in references %},
            coalesce({{ rows }}.customer_segment, nullif(customer.segment, 'unknown'), 'regular') as known_segment
            {%- endif %}
        from {{ rows }}
        {%- for dimension, column in references.items() %}
        left join gold_{{ dimension }}_dim as {{ dimension }}
            on {{ is_member_of(rows, column, dimension) }}
        {%- endfor %}
    )
{%- endmacro %}


{#
  The condition that a member of a dimension is the one that rows mean by a column: it has that id, and
  of a customer it is the version valid at event_at.
#}
{% macro is_member_of(rows, column, dimension) -%}
    {%- set ids = {
        'product': 'sku', 'location': 'location_id', 'channel': 'channel_code', 'customer': 'customer_id'
    } -%}
    {{ rows }}.{{ column }} = {{ dimension }}.{{ ids[dimension] }}
    {%- if dimension == 'customer' %}
    and {{ utc_date(rows ~ '.event_at') }} >= customer.effective_date
    and {{ utc_date(rows ~ '.event_at') }} < customer.expiration_date
    {%- endif %}
{%- endmacro %}


{# empty_dimensions(dimensions): for a FROM clause: the names of CTEs of dimensions that hold nothing but their unknown member, as `id`. #}
{% macro empty_dimensions(dimensions) -%}
    (
        {%- for dimension in dimensions %}
        select '{{ dimension }}' as id from {{ dimension }} having count(*) < 2
        {{- ' union all' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
