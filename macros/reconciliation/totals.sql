{#
  batch_totals(streams, manifests, landed_files): for a FROM clause: the rows of ops_control_totals for the
  batches that have a file within its stream's scope.

  A batch is what its files hold, each event once: what gold makes of it, summed from the fact, and what can
  be read of it in the quarantine. Of a delivery that another file's stands for, that version counts.
#}
{% macro batch_totals(streams, manifests, landed_files) -%}
    {%- set is_in_scope = is_in_scope(streams) -%}
    (
        with manifests as (
            select
                *,
                _source_file as manifest_file
            from {{ manifests }}
            where batch is not null
        ),

        landed_files as (
            select
                *,
                {{ file_name('_source_file') }} as file_name
            from {{ landed_files }}
        ),

        -- Files are known by name: one that a manifest names may be seen under another path than before.
        batch_files as (
            select distinct
                stream,
                manifest_file,
                {{ file_name('item.path') }} as file_name
            from {{ explode_items('manifests', 'files') }} as manifest_files
        ),

        batches as (
            select
                manifests.*,
                case when manifests.stream = 'clickstream' then manifests.event_count else manifests.quantity end
                    as manifest_quantity
            from manifests
            {%- if is_in_scope != 'true' %}
            where manifest_file in (
                select batch_files.manifest_file
                from batch_files
                inner join (select * from landed_files where {{ is_in_scope }}) as in_scope
                    on batch_files.stream = in_scope.stream and batch_files.file_name = in_scope.file_name
            )
            {%- endif %}
        ),

        parts as (
            select * from {{ amounts_of_all(streams) }}
        ),

        summed as (
            select
                manifest_file,
                max(case when is_purged then 1 else 0 end) = 1 as is_purged,
                cast(sum(case when is_gold then quantity else 0 end) as bigint) as gold_quantity,
                cast(sum(case when not is_gold then quantity else 0 end) as bigint) as quarantined_quantity,
                cast(sum(case when is_gold then net else 0 end) as decimal(18, 2)) as gold_net,
                cast(sum(case when not is_gold then net else 0 end) as decimal(18, 2)) as quarantined_net
            from parts
            group by manifest_file
        ),

        waiting as (
            {%- for stream in streams %}
            select '{{ stream.name }}' as stream, {{ is_read_to_the_end(stream, 'landed_files') }} as is_read
            {{ 'union all' if not loop.last }}
            {%- endfor %}
        ),

        compared as (
            select
                batches.*,
                coalesce(summed.gold_quantity, 0) as gold_quantity,
                coalesce(summed.quarantined_quantity, 0) as quarantined_quantity,
                coalesce(summed.gold_net, 0) as gold_net,
                coalesce(summed.quarantined_net, 0) as quarantined_net,
                coalesce(summed.gold_quantity, 0) + coalesce(summed.quarantined_quantity, 0)
                - coalesce(batches.manifest_quantity, 0) as quantity_difference,
                coalesce(summed.gold_net, 0) + coalesce(summed.quarantined_net, 0)
                - coalesce(batches.net_sales_amount, 0) as net_difference,
                coalesce(summed.is_purged, false) as is_purged,
                coalesce(waiting.is_read, true) as is_read
            from batches
            left join summed on batches.manifest_file = summed.manifest_file
            left join waiting on batches.stream = waiting.stream
        )

        select
            batch,
            stream,
            business_day,
            seed,
            scale,
            cast(coalesce(manifest_quantity, 0) as bigint) as manifest_quantity,
            cast(gold_quantity as bigint) as gold_quantity,
            cast(quarantined_quantity as bigint) as quarantined_quantity,
            cast(quantity_difference as bigint) as quantity_difference,
            cast(coalesce(net_sales_amount, 0) as decimal(18, 2)) as manifest_net_sales_amount,
            cast(gold_net as decimal(18, 2)) as gold_net_sales_amount,
            cast(quarantined_net as decimal(18, 2)) as quarantined_net_sales_amount,
            cast(net_difference as decimal(18, 2)) as net_sales_difference,
            case
                when quantity_difference = 0 and net_difference = 0 then 'agrees'
                when not is_read then 'waiting'
                when is_purged then 'purged'
                else 'differs'
            end as verdict,
            manifest_file as _source_file
        from compared
    )
{%- endmacro %}


{# For a FROM clause: amounts_of_batches of each stream. #}
{% macro amounts_of_all(streams) -%}
    {%- set parts = {} -%}
    {%- for stream in streams -%}
        {%- do parts.update({stream.name: 'select * from ' ~ amounts_of_batches(stream) ~ ' as amounts'}) -%}
    {%- endfor -%}
    {{- union_of_streams(parts) -}}
{%- endmacro %}


{#
  amounts_of_batches(stream): for a FROM clause: of the CTE `batches`, whose files are in `batch_files`, what
  gold holds (`is_gold`) and what can be read in the quarantine, as quantity and net, in parts to be summed
  by manifest_file.
#}
{% macro amounts_of_batches(stream) -%}
    {#- Of a batch in scope all files count. -#}
    {%- set is_of_batch = '_source_file in (select _source_file from of_files)' if stream.scope != 'true' else 'true' -%}
    {%- set quantity = 'fact.' ~ stream.quantity if stream.quantity else 1 -%}
    {%- set net = 'fact.' ~ stream.net if stream.net else 0 -%}
    (
        with of_stream as (
            select
                batch_files.manifest_file,
                batch_files.file_name
            from batch_files
            where
                batch_files.stream = '{{ stream.name }}'
                and batch_files.manifest_file in (select manifest_file from batches)
        ),

        of_files as (
            select
                landed_files._source_file,
                of_stream.manifest_file
            from landed_files
            inner join of_stream on landed_files.file_name = of_stream.file_name
            where landed_files.stream = '{{ stream.name }}'
        ),

        in_gold as (
            select
                events._source_file,
                sum({{ quantity }}) as quantity,
                sum({{ net }}) as net
            from {{ stream.fact }} as fact
            inner join (
                select {{ stream.id }} as id, _source_file
                from {{ stream.events }}
                where is_current and {{ is_of_batch }}
            ) as events on fact.{{ stream.fact_id }} = events.id
            group by events._source_file
        ),

        rejects as (
            select * from {{ readable_rejects(stream) }}
        ),

        -- What gold makes of the events of each file, and what can be read of those that it does not have.
        held_by_file as (
            select
                _source_file,
                true as is_gold,
                null as event_id,
                null as line_item,
                null as raw_content,
                quantity,
                net
            from in_gold
            union all
            select
                _source_file,
                false,
                event_id,
                line_item,
                raw_content,
                quantity,
                net
            from rejects
        ),

        -- Kept from a file that is none of the batch's.
        elsewhere as (
            select distinct
                of_files.manifest_file,
                duplicates.id,
                duplicates.kept_file,
                duplicates.is_current
            from {{ duplicate_deliveries(dict(stream, scope=is_of_batch)) }} as duplicates
            inner join of_files on duplicates._source_file = of_files._source_file
            left join of_files as own
                on duplicates.kept_file = own._source_file and of_files.manifest_file = own.manifest_file
            where own._source_file is null
        ),

        -- The same by event, for those of which another file's version counts.
        held_by_event as (
            select
                fact.{{ stream.fact_id }} as event_id,
                true as is_gold,
                false as is_whole,
                null as line_item,
                null as raw_content,
                null as _source_file,
                {{ quantity }} as quantity,
                {{ net }} as net
            from {{ stream.fact }} as fact
            union all
            select
                event_id,
                false,
                is_whole,
                line_item,
                raw_content,
                _source_file,
                quantity,
                net
            from rejects
        ),

        of_batches as (
            select
                of_files.manifest_file,
                held_by_file.is_gold,
                held_by_file.event_id,
                held_by_file.line_item,
                held_by_file.raw_content,
                held_by_file.quantity,
                held_by_file.net
            from held_by_file
            inner join of_files on held_by_file._source_file = of_files._source_file
            union all
            select
                elsewhere.manifest_file,
                held_by_event.is_gold,
                held_by_event.event_id,
                held_by_event.line_item,
                held_by_event.raw_content,
                held_by_event.quantity,
                held_by_event.net
            from held_by_event
            inner join elsewhere
                on held_by_event.event_id = elsewhere.id
                and held_by_event.is_whole <> elsewhere.is_current
                and (held_by_event.is_gold or held_by_event._source_file = elsewhere.kept_file)
        )

        -- However often an event was rejected, it counts once.
        select
            manifest_file,
            is_gold,
            coalesce(raw_content = '', false) as is_purged,
            case when is_gold then sum(quantity) else max(quantity) end as quantity,
            case when is_gold then sum(net) else max(net) end as net
        from of_batches
        group by manifest_file, is_gold, event_id, line_item, raw_content, quantity, net
    )
{%- endmacro %}


{#
  readable_rejects(stream): for a FROM clause: the rows of the quarantine of which something can be read,
  as event_id, line_item (its number, if it is one), is_whole (an event), raw_content, _source_file, and quantity and
  net, by the contract and with the sign of the facts; a line item without quantity or price counts 0.
#}
{% macro readable_rejects(stream) -%}
    {%- set fields = ['transaction_type', 'items'] if stream.has_line_items else ['movement_type', 'quantity'] -%}
    (
        with rejected as (
            select
                quarantine_id,
                event_id,
                line_number as line_item,
                line_number is null as is_whole,
                raw_content,
                _source_file,
                {{ parse_object('raw_content', fields) }} as event
            from {{ stream.quarantine }}
            where source = '{{ stream.name }}' and {{ array_text('failed_expectations') }} <> 'parsable'
        ),
        {%- if stream.has_line_items %}

        listed as (
            select
                *,
                event.items as items
            from rejected
        ),

        itemized as (
            select
                quarantine_id,
                case when event.transaction_type = 'return' then -1 else 1 end as direction,
                case when unit_price is null then 0 else coalesce(quantity, 0) end as quantity,
                coalesce(unit_price, 0) - unit_discount as unit_net
            from {{ line_items('listed') }}
        ),

        summed as (
            select
                quarantine_id,
                sum(direction * quantity) as quantity,
                sum(cast(direction * quantity * unit_net as decimal(38, 2))) as net
            from itemized
            group by quarantine_id
        ),
        {%- else %}

        summed as (
            select
                quarantine_id,
                {{ 'coalesce(' ~ stock_effect(
                    lower_case(typed_text('event.movement_type')), typed_integer('event.quantity')
                ) ~ ', 0)' if stream.name == 'inventory' else 1 }} as quantity,
                0 as net
            from rejected
        ),
        {%- endif %}

        final as (
            select
                rejected.event_id,
                rejected.line_item,
                rejected.is_whole,
                rejected.raw_content,
                rejected._source_file,
                coalesce(summed.quantity, 0) as quantity,
                coalesce(summed.net, 0) as net
            from rejected
            left join summed on rejected.quarantine_id = summed.quarantine_id
        )

        select * from final
    )
{%- endmacro %}


{# The signed effect on stock of a movement's quantity; that of an unknown type is as written. #}
{% macro stock_effect(movement_type, quantity) -%}
    case
        when {{ movement_type }} in ('receipt', 'transfer_in', 'return') then abs({{ quantity }})
        when {{ movement_type }} in ('sale', 'transfer_out') then -abs({{ quantity }})
        else {{ quantity }}
    end
{%- endmacro %}


{#
  The condition that silver, the quarantine and gold have read all that landed of a stream and all that
  changed by it; for a select without FROM.
#}
{% macro is_read_to_the_end(stream, landed_files) -%}
    coalesce(
        (
            select
                least({{ mark_of(stream.events, stream.typed) }}, {{ mark_of(stream.quarantine, stream.typed) }})
                >= (
                    select coalesce(max(_ingested_at), timestamp '1970-01-01 00:00:00') from {{ landed_files }}
                    where stream = '{{ stream.name }}' and line_count > 0
                )
                and least(
                    {{ mark_of(stream.rows, stream.events) }},
                    {{ mark_of(stream.fact, stream.events) }},
                    {{ mark_of(stream.quarantine, stream.events) }}
                ) >= (
                    select coalesce(max(_changed_at), timestamp '1970-01-01 00:00:00') from {{ stream.events }}
                )
            from {{ load_marks() }}
        ),
        false
    )
{%- endmacro %}
