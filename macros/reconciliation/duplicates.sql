{#
  duplicate_deliveries(stream): for a FROM clause: the valid deliveries of a stream's events which another
  one stands for, with the same typed values: `id`, `_source_file`, and of the version that is kept its
  `kept_file` and whether it is current. A delivery whose version silver does not hold is none of them.

  Of the files within the stream's scope: those from which as many versions are kept as they have lines have
  none, and of the others only the ids that came more often than they were kept are compared.
#}
{% macro duplicate_deliveries(stream) -%}
    {%- set id = stream.id -%}
    (
        with odd_files as (
            select _source_file
            from (
                select _source_file, 1 as line_count, 0 as version_count from {{ stream.bronze }}
                union all
                select _source_file, 0, 1 from {{ stream.events }}
            ) as counted
            where {{ stream.scope }}
            group by _source_file
            having sum(line_count) > 0 and sum(line_count) <> sum(version_count)
        ),

        odd_ids as (
            select
                {{ id }},
                _source_file
            from (
                select {{ typed_text(id) }} as {{ id }}, _source_file, 1 as line_count, 0 as version_count
                from {{ stream.bronze }}
                union all
                select {{ id }}, _source_file, 0, 1 from {{ stream.events }}
            ) as counted
            where _source_file in (select _source_file from odd_files)
            group by {{ id }}, _source_file
            having {{ id }} is not null and sum(line_count) > 0 and sum(line_count) <> sum(version_count)
        ),

        deliveries as (
            select
                {{ id }},
                _source_file,
                {{ event_fingerprint(stream.name) }} as fingerprint
            from {{ stream.typed }}
            where
                ({{ id }}, _source_file) in (select {{ id }}, _source_file from odd_ids)
                and {{ meets_expectations(stream.events.identifier) }}
        ),

        numbered as (
            select
                *,
                row_number() over (partition by {{ id }}, fingerprint, _source_file order by {{ id }}) as delivery_number
            from deliveries
        ),

        versions as (
            select
                {{ id }},
                _source_file,
                is_current,
                {{ event_fingerprint(stream.name) }} as fingerprint
            from {{ stream.events }}
            where {{ id }} in (select {{ id }} from odd_ids)
        )

        select
            numbered.{{ id }} as id,
            numbered._source_file,
            versions._source_file as kept_file,
            versions.is_current
        from numbered
        inner join versions
            on numbered.{{ id }} = versions.{{ id }} and numbered.fingerprint = versions.fingerprint
        where numbered._source_file <> versions._source_file or numbered.delivery_number > 1
    )
{%- endmacro %}
