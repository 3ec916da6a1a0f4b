{% macro quarantine(source=none, reason=none) -%}
    {%- set quarantine = load_cached_relation(relation_named('silver_quarantined_events')) -%}
    {%- do refuse_before_the_first_load() if quarantine is none -%}
    {%- if source is not none and source not in var('streams') -%}
        {{- exceptions.raise_compiler_error(
            'source: no stream has that name; there are ' ~ var('streams') | join(', ')
        ) -}}
    {%- endif -%}
    {%- set counts -%}
        with quarantined as (
            select * from {{ quarantine }}
        )

        select
            source, item as reason, count(*) as row_count, count(resolved_at) as resolved_count,
            min(case when resolved_at is null then _ingested_at end) as oldest
        from {{ explode_items('quarantined', 'failed_expectations') }} as exploded
        group by source, item
        order by source, item
    {%- endset %}
    {%- set form = '%-13s%-24s%9s%9s%10s  %s' -%}
    {%- do print(
        form | format('source', 'reason', 'rows', 'open', 'resolved', 'oldest open, UTC')
    ) -%}
    {%- for of_source, of_reason, row_count, resolved_count, oldest in run_query(counts).rows
        if source in (none, of_source) and reason in (none, of_reason) -%}
        {%- set is_settled = of_reason == 'conflicting_duplicate' -%}
        {%- do print((form | format(
            of_source,
            of_reason,
            '{:,}'.format(row_count),
            '-' if is_settled else '{:,}'.format(row_count - resolved_count),
            '-' if is_settled else '{:,}'.format(resolved_count),
            '' if is_settled or not oldest else oldest.strftime('%Y-%m-%d %H:%M')
        )).rstrip()) -%}
    {%- else -%}
        {%- do print('nothing') -%}
    {%- endfor -%}
{%- endmacro %}

{# An error where nothing is loaded yet. #}
{% macro refuse_before_the_first_load() -%}
    {{- exceptions.raise_compiler_error(
        'nothing is built yet in ' ~ warehouse_name() ~ ': run `dbt build` first'
    ) -}}
{%- endmacro %}

{% macro purge_quarantine(older_than_days) -%}
    {%- if older_than_days is not integer or older_than_days is boolean or older_than_days < 0 -%}
        {{- exceptions.raise_compiler_error(
            'older_than_days: a whole number of days, 0 or more'
        ) -}}
    {%- endif -%}
    {%- set quarantine = load_cached_relation(relation_named('silver_quarantined_events')) -%}
    {%- set newest = run_query('select max(' ~ micros('load') ~ ') from ' ~ watermarks()).rows[0][0]
        if quarantine is not none else none -%}
    {%- do refuse_before_the_first_load() if newest is none -%}
    {%- set is_old = '_ingested_at <= ' ~ from_micros(newest - older_than_days * 86400000000) -%}
    {%- set row_count = run_query(
        'select count(*) from ' ~ quarantine ~ " where raw_content <> '' and " ~ is_old
        ~ " and not array_contains(failed_expectations, 'conflicting_duplicate')"
    ).rows[0][0] -%}

    {%- set emptied_item = line_item_with(
        'item', 'item.failed_expectations', "case when item.raw_content is not null then '' end"
    ) -%}
    {%- set written_items = filter_items('items', 'item', "item.raw_content <> ''") -%}
    {%- for registry in var('streams').values() -%}
        {%- call statement('purge', auto_begin=true) -%}
            update {{ relation_named(registry.deliveries) }} set
                {%- if registry.lines %}
                items = {{ transform_items('items', 'item', emptied_item) }},
                {%- endif %}
                raw_content = case when raw_content is not null then '' end
            where
                {{ is_old }}
                and (
                    raw_content <> ''
                    {%- if registry.lines %}
                    or {{ array_length(written_items) }} > 0
                    {%- endif %}
                )
        {%- endcall -%}
    {%- endfor -%}
    {%- do adapter.commit() -%}
    {%- do log(
        'silver_quarantined_events: {:,} rows emptied of their content'.format(row_count), info=true
    ) -%}
{%- endmacro %}
