{% macro with_dimension_keys(rows, references) -%}
    {%- set zone = business_timezone() -%}
    (
        select
            dated.*
            {%- for dimension in references if dimension != 'location' %},
            coalesce(
                {{ dimension }}.{{ dimension }}_key,
                {{ 'case when dated.customer_id is null then -2 end,' if dimension == 'customer' }}
                -1
            ) as {{ dimension }}_key
            {%- endfor %}
            {%- if 'customer' in references %},
            coalesce(dated.customer_segment, nullif(customer.segment, 'unknown'), 'regular')
                as known_segment
            {%- endif %}
        from (
            select *, {{ local_date('local_at') }} as local_date
            from (
                {%- if 'location' in references %}
                select
                    {{ rows }}.*,
                    coalesce(location.location_key, -1) as location_key,
                    {{ local_timestamp(
                        rows ~ '.event_at', 'coalesce(location.timezone, ' ~ zone ~ ')'
                    ) }} as local_at
                from {{ rows }}
                left join gold_location_dim as location
                    on {{ is_member_of(rows, references.location, 'location') }}
                {%- else %}
                select *, {{ local_timestamp('event_at', zone) }} as local_at
                from {{ rows }}
                {%- endif %}
            ) as placed
        ) as dated
        {%- for dimension, column in references.items() if dimension != 'location' %}
        left join gold_{{ dimension }}_dim as {{ dimension }}
            on {{ is_member_of('dated', column, dimension) }}
        {%- endfor %}
    )
{%- endmacro %}

{#
  is_member_of(rows, column, dimension): the condition that a member of a dimension has the id in
  this column of `rows`, and that it is the version valid on `local_date`, if a customer. The id of
  an unknown member matches nothing.
#}
{% macro is_member_of(rows, column, dimension) -%}
    {%- set ids = {
        'product': 'sku', 'location': 'location_id',
        'channel': 'channel_code', 'customer': 'customer_id'
    } -%}
    {{ rows }}.{{ column }} = {{ dimension }}.{{ ids[dimension] }}
    and {{ dimension }}.{{ dimension }}_key > 0
    {%- if dimension == 'customer' %}
    and {{ rows }}.local_date >= customer.effective_date
    and {{ rows }}.local_date < customer.expiration_date
    {%- endif %}
{%- endmacro %}

{#
  is_valid_for(rows, dimension, history): the condition that a row of a history with valid_from and
  valid_to is of the member of `rows`, and was valid on their local_date.
#}
{% macro is_valid_for(rows, dimension, history) -%}
    {{ rows }}.{{ dimension }}_key = {{ history }}.{{ dimension }}_key
    and {{ rows }}.local_date >= {{ history }}.valid_from
    and {{ rows }}.local_date < {{ history }}.valid_to
{%- endmacro %}

{# The time zone of whatever has no place of its own, as a literal. #}
{% macro business_timezone() -%}
    {{- return("'" ~ var('business_timezone') ~ "'") -}}
{%- endmacro %}

{# local_date(instant): the day of a local_timestamp; clients know none after 9999-12-31. #}
{% macro local_date(local_at) -%}
    least({{ utc_date(local_at) }}, date '9999-12-31')
{%- endmacro %}

{% macro empty_dimensions(dimensions) -%}
    (
        {%- for dimension in dimensions %}
        select '{{ dimension }}' as id from {{ dimension }} having count(*) < 2
        {{- ' union all' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
