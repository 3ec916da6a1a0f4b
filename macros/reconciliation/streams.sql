{#
  reconciled_streams(find): the streams whose files are accounted for, in the order of the contract, each
  with its models, the id of its events, what silver makes of an event (`rows`: line items, where it has
  any), the fact where it ends, and the condition on _source_file of its files that are looked at (`scope`).
  `find` names a model: `ref` in a model; `relation_named` in a test, so that it depends on nothing but the
  model that it stands at, and is not run whenever one of all these is.
#}
{% macro reconciled_streams(find) -%}
    {{- return([
        {
            'name': 'pos',
            'bronze': find('bronze_pos_transactions'),
            'typed': find('silver_pos_typed'),
            'events': find('silver_pos_events'),
            'id': 'transaction_id',
            'rows': find('silver_transactions_unified'),
            'has_line_items': true,
            'fact': find('gold_sales_fact'),
            'fact_id': 'transaction_id',
            'quarantine': find('silver_quarantined_events'),
            'scope': 'true',
            'quantity': 'quantity_sold',
            'net': 'net_sales_amount',
        },
        {
            'name': 'ecommerce',
            'bronze': find('bronze_ecommerce_orders'),
            'typed': find('silver_ecommerce_typed'),
            'events': find('silver_ecommerce_events'),
            'id': 'order_id',
            'rows': find('silver_ecommerce_unified'),
            'has_line_items': true,
            'fact': find('gold_sales_fact_ecommerce'),
            'fact_id': 'transaction_id',
            'quarantine': find('silver_quarantined_events'),
            'scope': 'true',
            'quantity': 'quantity_sold',
            'net': 'net_sales_amount',
        },
        {
            'name': 'inventory',
            'bronze': find('bronze_inventory_movements'),
            'typed': find('silver_inventory_typed'),
            'events': find('silver_inventory_events'),
            'id': 'movement_id',
            'rows': find('silver_inventory_movements'),
            'has_line_items': false,
            'fact': find('gold_inventory_movement_fact'),
            'fact_id': 'movement_id',
            'quarantine': find('silver_quarantined_events'),
            'scope': 'true',
            'quantity': 'quantity_change',
            'net': none,
        },
        {
            'name': 'clickstream',
            'bronze': find('bronze_clickstream_events'),
            'typed': find('silver_clickstream_typed'),
            'events': find('silver_click_events'),
            'id': 'event_id',
            'rows': find('silver_clickstream_events'),
            'has_line_items': false,
            'fact': find('gold_customer_event_fact'),
            'fact_id': 'event_id',
            'quarantine': find('silver_quarantined_events'),
            'scope': 'true',
            'quantity': none,
            'net': none,
        },
    ]) -}}
{%- endmacro %}


{#
  touched_streams(): for a test: the streams with the files that the last load of each took in or of which it
  changed an event; with all files after a first load, and in test scope `all`.
#}
{% macro touched_streams() -%}
    {%- set streams = reconciled_streams(relation_named) -%}
    {%- for stream in streams -%}
        {%- set mark = last_load(stream.events).previous_mark -%}
        {%- if mark is not none -%}
            {%- do stream.update({'scope': is_file_of(
                'select _source_file from ' ~ stream.bronze ~ ' where _ingested_at > ' ~ from_micros(mark)
                ~ ' union all select _source_file from ' ~ stream.events ~ ' where _changed_at > ' ~ from_micros(mark)
            )}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(streams) -}}
{%- endmacro %}


{#
  The condition that _source_file is one of those that a query yields: a list, or the query itself where that
  would be long. The accounts name it many times, and an engine may work out each of them.
#}
{% macro is_file_of(query) -%}
    {%- set found = run_query('select distinct _source_file from (' ~ query ~ ') as files order by 1 limit 101') -%}
    {%- set files = found.columns[0].values() -%}
    {{- return(is_one_of_files('_source_file', files) if files | length <= 100 else '_source_file in (' ~ query ~ ')') -}}
{%- endmacro %}


{# The condition on `stream` and _source_file that a file is within its stream's scope. #}
{% macro is_in_scope(streams) -%}
    {%- set conditions = [] -%}
    {%- for stream in streams -%}
        {%- do conditions.append("stream = '" ~ stream.name ~ "' and " ~ stream.scope) -%}
    {%- endfor -%}
    {%- if streams | map(attribute='scope') | unique | list == ['true'] -%}
        {{- return('true') -}}
    {%- endif -%}
    {{- return('(' ~ conditions | join(' or ') ~ ')') -}}
{%- endmacro %}


{# For a FROM clause: ingested_files of each stream, with its name as `stream`. #}
{% macro ingested_files_of_all(streams) -%}
    {%- set parts = {} -%}
    {%- for stream in streams -%}
        {%- do parts.update({stream.name: 'select * from ' ~ ingested_files(stream.name, stream.bronze) ~ ' as files'}) -%}
    {%- endfor -%}
    {{- union_of_streams(parts) -}}
{%- endmacro %}


{# For a FROM clause: present_files of each stream, with its name as `stream`. #}
{% macro present_files_of_all(streams) -%}
    {%- set parts = {} -%}
    {%- for stream in streams -%}
        {%- do parts.update({stream.name: 'select * from ' ~ present_files(stream.name) ~ ' as files'}) -%}
    {%- endfor -%}
    {{- union_of_streams(parts) -}}
{%- endmacro %}


{# For a FROM clause: event_at and _ingested_at of each version that this model has yet to read, and its `stream`. #}
{% macro arrivals_of_all(streams) -%}
    {%- set parts = {} -%}
    {%- for stream in streams -%}
        {%- do parts.update({
            stream.name: 'select event_at, _ingested_at from ' ~ stream.events
            ~ ' where ' ~ since_mark(stream.events, '_ingested_at')
        }) -%}
    {%- endfor -%}
    {{- union_of_streams(parts) -}}
{%- endmacro %}


{# For a FROM clause: the rows of a mapping stream → query, each with its `stream`. #}
{% macro union_of_streams(queries) -%}
    (
        {%- for stream, query in queries.items() %}
        select '{{ stream }}' as stream, of_stream.* from ({{ query }}) as of_stream
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}


{# but_held_rows(columns): after a query of these columns: but, on an incremental run, rows that this model holds as they are. #}
{% macro but_held_rows(columns) -%}
    {%- if is_incremental() -%}
        except
        select {{ columns | join(', ') }}
        from {{ this }}
    {%- endif -%}
{%- endmacro %}


{% macro micros_an_hour() -%}
    {{- return(3600000000) -}}
{%- endmacro %}


{# The var lateness_budget_hours in microseconds. #}
{% macro lateness_budget_micros() -%}
    {{- return((var('lateness_budget_hours') | float * micros_an_hour()) | int) -}}
{%- endmacro %}
