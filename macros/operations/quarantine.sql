{#
  dbt run-operation quarantine: what the quarantine holds by stream and reason: how many rows are open,
  how many were resolved by a repaired delivery, and since when the oldest open one is there.

      dbt run-operation quarantine --args '{source: pos, reason: has_items}'

  A row with two reasons counts for both. A version that lost is neither open nor resolved: nothing is to
  be done about it.
#}
{% macro quarantine(source=none, reason=none) -%}
    {%- set quarantine = load_cached_relation(relation_named('silver_quarantined_events')) -%}
    {%- if quarantine is none -%}
        {{- exceptions.raise_compiler_error('nothing is built yet in ' ~ warehouse_name() ~ ': run `dbt build` first') -}}
    {%- endif -%}
    {%- if source is not none and source not in event_streams() -%}
        {{- exceptions.raise_compiler_error('source: no stream has that name; there are ' ~ event_streams() | join(', ')) -}}
    {%- endif -%}
    {%- set counts = {} -%}
    {%- for of_source, reasons, row_count, resolved_count, oldest in run_query(
        'select source, ' ~ array_text('failed_expectations') ~ ' as reasons, count(*), count(resolved_at), '
        ~ 'min(case when resolved_at is null then _ingested_at end) from ' ~ quarantine ~ ' group by 1, 2'
    ).rows if source in (none, of_source) -%}
        {%- for of_reason in reasons.split('|') if reason in (none, of_reason) -%}
            {%- set count = counts.setdefault((of_source, of_reason), {'rows': 0, 'resolved': 0, 'oldest': []}) -%}
            {%- do count.update({'rows': count.rows + row_count, 'resolved': count.resolved + resolved_count}) -%}
            {%- do count.oldest.append(oldest) if oldest is not none -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- set form = '%-13s%-24s%9s%9s%10s  %s' -%}
    {%- do print(form | format('source', 'reason', 'rows', 'open', 'resolved', 'oldest open, UTC')) -%}
    {%- for (of_source, of_reason), count in counts.items() | sort -%}
        {%- set is_settled = of_reason == 'conflicting_duplicate' -%}
        {%- do print((form | format(
            of_source,
            of_reason,
            '{:,}'.format(count.rows),
            '-' if is_settled else '{:,}'.format(count.rows - count.resolved),
            '-' if is_settled else '{:,}'.format(count.resolved),
            '' if is_settled or not count.oldest else (count.oldest | min).strftime('%Y-%m-%d %H:%M')
        )).rstrip()) -%}
    {%- else -%}
        {%- do print('nothing') -%}
    {%- endfor -%}
{%- endmacro %}


{#
  dbt run-operation purge_quarantine --args '{older_than_days: 90}': empties the raw_content of the rows that
  came so many days or more before the newest load. The rows stay, so that every line stays accounted for.
#}
{% macro purge_quarantine(older_than_days) -%}
    {%- if older_than_days is not integer or older_than_days is boolean or older_than_days < 0 -%}
        {{- exceptions.raise_compiler_error('older_than_days: a whole number of days, 0 or more') -}}
    {%- endif -%}
    {%- set quarantine = load_cached_relation(relation_named('silver_quarantined_events')) -%}
    {%- set newest = run_query('select max(' ~ micros('mark') ~ ') from ' ~ load_marks()).rows[0][0] if quarantine else none -%}
    {%- if newest is none -%}
        {{- exceptions.raise_compiler_error('nothing is built yet in ' ~ warehouse_name() ~ ': run `dbt build` first') -}}
    {%- endif -%}
    {%- set is_old = "raw_content <> '' and _ingested_at <= " ~ from_micros(newest - older_than_days * 86400000000) -%}
    {%- set row_count = run_query('select count(*) from ' ~ quarantine ~ ' where ' ~ is_old).rows[0][0] -%}
    {%- if row_count -%}
        {%- call statement('purge', auto_begin=true) -%}
            update {{ quarantine }} set raw_content = '' where {{ is_old }}
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
    {%- do log('silver_quarantined_events: ' ~ '{:,}'.format(row_count) ~ ' rows emptied of their content', info=true) -%}
{%- endmacro %}
