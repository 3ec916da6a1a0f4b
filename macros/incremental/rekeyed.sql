{#
  rekeyed(members, id, references): which rows of a silver model have keys that the dimensions give no
  longer, because a member came later, went, or a customer's version turned out to be valid on other
  days. `members` is silver_dimension_members, `references` as in with_dimension_keys; `state` may be
  among them, which has no key but a tax. Looks at the rows of members that changed since this model's
  mark, and at nothing if there are none.
    condition   on events with date_key and `id`: of rows to be keyed again
    stamp       the value of _keyed_at: of such rows the stamp of the change, null for others
#}
{% macro rekeyed(members, id, references) -%}
    {%- set is_changed = since_mark(members, '_changed_at') -%}
    {%- if is_loading() and members.identifier in load_notes() -%}
        {#- Nothing that is keyed again has come anew, for tests of what is new. -#}
        {%- do load_notes()[members.identifier].update({'previous': load_notes()[members.identifier].newest}) -%}
    {%- endif -%}
    {%- if not is_incremental() or is_changed == 'false' -%}
        {{- return({'condition': 'false', 'stamp': 'cast(null as timestamp)'}) -}}
    {%- endif -%}
    {%- set queries = [] -%}
    {%- for dimension, column in references.items() -%}
        {%- set query -%}
            select held.{{ id }}, held.date_key
            from {{ this }} as held
            {%- if dimension != 'state' %}
            left join {{ ref('gold_' ~ dimension ~ '_dim') }} as {{ dimension }}
                on {{ is_member_of('held', column, dimension) }}
            {%- endif %}
            where
                held.{{ column }} in (
                    select member_id from {{ members }} where dimension = '{{ dimension }}' and {{ is_changed }}
                )
                {%- if dimension != 'state' %}
                and held.{{ dimension }}_key <> coalesce({{ dimension }}.{{ dimension }}_key, -1)
                {%- endif %}
        {%- endset -%}
        {%- do queries.append(query) -%}
    {%- endfor -%}
    {%- set rows = '(' ~ queries | join(' union all ') ~ ') as rekeyed' -%}
    {%- set ids = 'select ' ~ id ~ ' from ' ~ rows -%}
    {%- set days = days_of('select date_key from ' ~ rows) -%}
    {%- if days == 'false' -%}
        {{- return({'condition': 'false', 'stamp': 'cast(null as timestamp)'}) -}}
    {%- endif -%}
    {%- set note = load_notes()[members.identifier] -%}
    {%- do note.update({'ids': ids, 'days': 'select date_key from ' ~ this ~ ' where ' ~ days}) -%}
    {{- return({
        'condition': '(' ~ days ~ ' and ' ~ id ~ ' in (' ~ ids ~ '))',
        'stamp': 'case when ' ~ id ~ ' in (' ~ ids ~ ') then ' ~ from_micros(note.newest) ~ ' end',
    }) -}}
{%- endmacro %}


{#
  held_members(known): for a FROM clause: what silver_dimension_members holds; on a first load nothing,
  with the columns of the CTE `known`.
#}
{% macro held_members(known) -%}
    {%- if is_incremental() -%}
    {{ this }}
    {%- else -%}
    (select *, true as is_known from {{ known }} where false)
    {%- endif -%}
{%- endmacro %}


{# The stamp of changes that are found now: after all that any model has read, whatever the clock does. #}
{% macro next_stamp() -%}
    {%- if not is_loading() -%}
        {{- return('cast(null as timestamp)') -}}
    {%- endif -%}
    {{- return(from_micros(run_query(
        'select coalesce(max(' ~ micros('mark') ~ '), 0) + 1 from ' ~ load_marks()
    ).rows[0][0])) -}}
{%- endmacro %}
