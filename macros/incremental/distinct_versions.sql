{#
  distinct_versions(events, id, columns, fingerprint): for a FROM clause: the distinct versions of the
  events in the CTE `events` and, on an incremental run, of the same ids in this model's table, for
  every id that gained one; to be merged by (id, _version).

  Two deliveries are one version when their `fingerprint` (SQL, see event_fingerprint) is the same; the
  one with the smallest (_ingested_at, _source_file) is kept. Adds to `columns`
    _version       the fingerprint where an id has several versions, else ''
    is_current     the winner: the latest event_at, ties by the greater _version
    _source_file, _ingested_at   of the delivery that is kept
    _changed_at    when the newest version of the id came

  Nearly every id comes once: those pass through, only the others are compared.
#}
{% macro distinct_versions(events, id, columns, fingerprint) -%}
    {%- set kept = columns + ['_source_file', '_ingested_at'] -%}
    (
        with
        {%- if is_incremental() %}
        -- One narrow column of the history tells whether the others are worth a look.
        held_ids as (
            select {{ id }}
            from {{ this }}
            where {{ id }} in (select {{ id }} from {{ events }})
        ),

        held as (
            select {{ held_columns(kept) | join(', ') }}
            from {{ this }}
            where {{ id }} in (select {{ id }} from held_ids)
        ),
        {%- endif %}

        repeated as (
            select {{ id }} from {{ events }} group by {{ id }} having count(*) > 1
            {%- if is_incremental() %}
            union
            select {{ id }} from held_ids
            {%- endif %}
        ),

        deliveries as (
            select {{ kept | join(', ') }}, true as is_arriving
            from {{ events }}
            where {{ id }} in (select {{ id }} from repeated)
            {%- if is_incremental() %}
            union all
            select {{ kept | join(', ') }}, false as is_arriving
            from held
            {%- endif %}
        ),

        fingerprinted as (
            select
                *,
                {{ fingerprint }} as fingerprint
            from deliveries
        ),

        versions as (
            select *
            from fingerprinted
            qualify row_number() over (
                partition by {{ id }}, fingerprint order by is_arriving, _ingested_at, _source_file
            ) = 1
        ),

        ranked as (
            select
                *,
                case when count(*) over (partition by {{ id }}) > 1 then fingerprint else '' end as _version,
                row_number() over (partition by {{ id }} order by event_at desc, fingerprint desc) = 1 as is_current,
                max(_ingested_at) over (partition by {{ id }}) as _changed_at,
                max(case when is_arriving then 1 else 0 end) over (partition by {{ id }}) = 1 as has_news
            from versions
        )

        select {{ kept | join(', ') }}, '' as _version, true as is_current, _ingested_at as _changed_at
        from {{ events }}
        where {{ id }} not in (select {{ id }} from repeated)
        union all
        select {{ kept | join(', ') }}, _version, is_current, _changed_at
        from ranked
        where has_news
    )
{%- endmacro %}


{# held_columns(columns): these columns as this model's table has them: null for one that it is about to get. #}
{% macro held_columns(columns) -%}
    {%- if not is_loading() -%}
        {{- return(columns) -}}
    {%- endif -%}
    {%- set present = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
    {%- set held = [] -%}
    {%- for column in columns -%}
        {%- do held.append(column if column in present else 'null as ' ~ column) -%}
    {%- endfor -%}
    {{- return(held) -}}
{%- endmacro %}
