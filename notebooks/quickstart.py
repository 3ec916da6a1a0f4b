# Databricks notebook source
# MAGIC %md
# MAGIC # Retail events, from a notebook
# MAGIC
# MAGIC Lands a day of events of each stream in the landing volume, and shows what is built of them.
# MAGIC Schema and volume are there once the bundle is deployed (`databricks bundle deploy`);
# MAGIC `databricks bundle summary` names them. Any compute with Python 3.11 or newer will do.

# COMMAND ----------

# MAGIC %pip install --quiet numpy==2.4.6 polars==2.1.0
# MAGIC %restart_python

# COMMAND ----------

import sys

sys.path.append("..")  # the project: the notebook is in a folder of it

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "retail")
catalog = dbutils.widgets.get("catalog")
schema = dbutils.widgets.get("schema")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Generate
# MAGIC
# MAGIC The four generators agree with each other: an order is the cart of a session, a sale is a
# MAGIC stock movement. They begin with the stock of the first morning.

# COMMAND ----------

from generators import (
    create_clickstream_generator,
    create_ecommerce_generator,
    create_inventory_generator,
    create_pos_generator,
)

generators = {
    "pos": create_pos_generator(catalog, schema),
    "ecommerce": create_ecommerce_generator(catalog, schema),
    "inventory": create_inventory_generator(catalog, schema),
    "clickstream": create_clickstream_generator(catalog, schema),
}
events_a_day = {"pos": 500, "ecommerce": 200, "inventory": 9_000, "clickstream": 5_000}

# COMMAND ----------

# MAGIC %md
# MAGIC Each run of this cell lands the next events. A new session begins again with the same files,
# MAGIC which are not taken in a second time.

# COMMAND ----------

for stream, generator in generators.items():
    path = generator.write_batch_dbutils(dbutils, num_events=events_a_day[stream])
    print(f"{events_a_day[stream]:,} events in {path}")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Build
# MAGIC
# MAGIC Run the job `retail_medallion` now (`databricks bundle run retail_medallion`, or Run now in
# MAGIC Jobs & Pipelines), then look at what it has made:

# COMMAND ----------

tables = [
    "bronze_pos_transactions",
    "silver_quarantined_events",
    "gold_sales_fact_all",
    "gold_inventory_fact",
    "report_daily_sales",
    "report_conversion_funnel",
]
for table in tables:
    name = f"{catalog}.{schema}.{table}"
    if spark.catalog.tableExists(name):
        print(f"{name}: {spark.table(name).count():,} rows")
        display(spark.table(name).limit(10))
    else:
        print(f"{name} is not built yet")
