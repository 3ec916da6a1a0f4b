{#- Deliveries are named where they are read: an engine would store a CTE of all of them. #}
{%- set line_number = 'cast(null as int)' %}

with
{%- for stream, registry in given_streams().items() %}
{{ stream }}_rejected as (
    select
        *,
        row_number() over (partition by _source_file, raw_content order by _ingested_at) as occurrence
    from {{ ref(registry.deliveries) }}
    where verdict = 'rejected'
),

-- Whichever came first: an event that is rejected may have been delivered valid before.
{{ stream }}_first_valid as (
    select
        {{ registry.id }},
        _ingested_at as resolved_at,
        _source_file as resolved_by
    from {{ ref(registry.deliveries) }}
    where
        verdict <> 'rejected'
        and {{ registry.id }} in (select {{ registry.id }} from {{ stream }}_rejected)
    qualify row_number() over (
        partition by {{ registry.id }} order by _ingested_at, _source_file
    ) = 1
),
{%- if registry.lines %}

{{ stream }}_rejected_lines as (
    select * from {{ ref(registry.lines) }}
    where verdict = 'current' and item_failed_expectations is not null
),
{%- endif %}
{% endfor %}
final as (
    {%- for stream, registry in given_streams().items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ stream }}' as source,
        rejected.{{ registry.id }} as event_id,
        {{ line_number }} as line_number,
        rejected.failed_expectations,
        rejected.raw_content,
        first_valid.resolved_at,
        first_valid.resolved_by,
        rejected._source_file,
        rejected._ingested_at,
        {{ quarantine_id(stream, [
            'rejected._source_file', 'rejected.raw_content', 'cast(rejected.occurrence as string)'
        ]) }} as quarantine_id,
        rejected._load
    from {{ stream }}_rejected as rejected
    left join {{ stream }}_first_valid as first_valid
        on rejected.{{ registry.id }} = first_valid.{{ registry.id }}
    union all
    select
        '{{ stream }}' as source,
        {{ registry.id }} as event_id,
        {{ line_number }} as line_number,
        {{ names(['conflicting_duplicate']) }} as failed_expectations,
        {{ json_of_typed(registry.fields) }} as raw_content,
        cast(null as timestamp) as resolved_at,
        cast(null as string) as resolved_by,
        _source_file,
        _ingested_at,
        {{ quarantine_id(stream, [registry.id, '_delivery']) }} as quarantine_id,
        _load
    from {{ ref(registry.deliveries) }}
    where verdict = 'superseded'
    {%- if registry.lines %}
    union all
    select
        '{{ stream }}' as source,
        {{ registry.id }} as event_id,
        line_number,
        item_failed_expectations as failed_expectations,
        item_raw_content as raw_content,
        cast(null as timestamp) as resolved_at,
        cast(null as string) as resolved_by,
        _source_file,
        _ingested_at,
        {{ quarantine_id(stream, [registry.id, "'line'", 'cast(line_number as string)']) }}
            as quarantine_id,
        _changed_at as _load
    from {{ stream }}_rejected_lines
    {%- endif %}
    {%- endfor %}
)

select * from final
