{# For the summary: whether every line is accounted for and every batch adds up, or how to see what is not. #}
{% macro print_accounts(files, totals) -%}
    {%- set counts = {'accounted': 0, 'waiting': 0, 'unaccounted': 0, 'agrees': 0, 'differs': 0} -%}
    {%- set sums = {'lines': 0, 'quarantined': 0, 'duplicates': 0} -%}
    {%- for verdict, file_count, lines, quarantined, duplicates in run_query(
        'select verdict, count(*), sum(landed_line_count), sum(quarantined_event_count), sum(duplicate_count) from '
        ~ files ~ ' group by verdict'
    ).rows -%}
        {%- do counts.update({verdict: file_count}) -%}
        {%- do sums.update({
            'lines': sums.lines + lines,
            'quarantined': sums.quarantined + quarantined,
            'duplicates': sums.duplicates + duplicates,
        }) -%}
    {%- endfor -%}
    {%- for verdict, batch_count in run_query(
        "select verdict, count(*) from " ~ totals ~ " where verdict <> 'waiting' group by verdict"
    ).rows -%}
        {%- do counts.update({verdict: batch_count}) -%}
    {%- endfor -%}
    {%- if counts.unaccounted -%}
        {{- print_line('accounted', 'all but {:,} of {:,} files; to see which:'.format(
            counts.unaccounted, counts.unaccounted + counts.accounted)) -}}
        {{- print_line('', "dbt test --select tag:reconciliation --vars '{test_scope: all}'") -}}
    {%- elif counts.accounted -%}
        {{- print_line('accounted', 'every line of {:,} files: {:,} lines, {:,} of them quarantined, {:,} duplicates'.format(
            counts.accounted, sums.lines, sums.quarantined, sums.duplicates)) -}}
    {%- endif -%}
    {%- if counts.waiting -%}
        {{- print_line('', '{:,} files wait for the next build'.format(counts.waiting)) -}}
    {%- endif -%}
    {%- if counts.differs -%}
        {{- print_line('totals', '{:,} of {:,} batches differ from their manifests; to see which:'.format(
            counts.differs, counts.differs + counts.agrees)) -}}
        {{- print_line('', "dbt test --select tag:reconciliation --vars '{test_scope: all}'") -}}
    {%- elif counts.agrees -%}
        {{- print_line('totals', '{:,} batches are what their manifests say, to the cent'.format(counts.agrees)) -}}
    {%- endif -%}
{%- endmacro %}


{# The condition on rows of ops_event_lag that they are of a stream's last load; in test scope `all`, true. #}
{% macro is_newest_load() -%}
    {%- if var('test_scope') == 'all' -%}
        {{- return('true') -}}
    {%- endif -%}
    {{- return(
        '(stream, _ingested_at) in (select stream, max(_ingested_at) from ' ~ ref('ops_event_lag') ~ ' group by stream)'
    ) -}}
{%- endmacro %}
