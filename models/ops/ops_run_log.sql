{{ config(materialized='log_table') }}

-- Its columns; log_run writes the rows.
select
    cast(null as string) as run_id,
    cast(null as timestamp) as run_started_at,
    cast(null as string) as command,
    cast(null as string) as target_name,
    cast(null as string) as node_id,
    cast(null as string) as node_name,
    cast(null as string) as resource_type,
    cast(null as string) as status,
    cast(null as bigint) as rows_affected,
    cast(null as decimal(18, 3)) as seconds,
    cast(null as timestamp) as started_at,
    cast(null as string) as message,
    cast(null as timestamp) as newest_load
where false
