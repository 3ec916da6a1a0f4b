{{ config(materialized='log_table') }}

-- Its columns; log_expectations writes the rows.
select
    cast(null as string) as run_id,
    cast(null as timestamp) as run_started_at,
    cast(null as string) as model_name,
    cast(null as string) as expectation,
    cast(null as string) as action,
    cast(null as bigint) as rows_checked,
    cast(null as bigint) as rows_passed,
    cast(null as bigint) as rows_failed,
    cast(null as bigint) as rows_dropped,
    cast(null as string) as quarantine_filter
where false
