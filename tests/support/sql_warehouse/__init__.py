"""A local SQL warehouse: dbt-databricks as it is, on Apache Spark, with no workspace."""
