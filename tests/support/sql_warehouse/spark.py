"""The engine: one Spark in one process, set up for small data and many statements."""

from pathlib import Path

from pyspark.sql import SparkSession

CATALOGS = ("main", "system")

# The optimizing compiler takes a third of the time of a process that lives for minutes: it is
# left to what runs ten times as often as by default.
_COMPILED_LATE = (
    "-XX:Tier4InvocationThreshold=60000 -XX:Tier4MinInvocationThreshold=10000 "
    "-XX:Tier4CompileThreshold=200000 -XX:Tier4BackEdgeThreshold=400000"
)


def start(folder: Path, classes: Path, volumes: Path) -> SparkSession:
    """Start Spark with its working files in `folder`; /Volumes is the folder `volumes`."""
    settings = {
        "spark.master": "local[2]",
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "3g",
        "spark.driver.extraClassPath": str(classes),
        # A JVM that runs out of room for code dies. Plans are large and short-lived: the new
        # generation has most of the heap.
        "spark.driver.extraJavaOptions": (
            "-XX:ReservedCodeCacheSize=512m -XX:+UseSerialGC -Xms3g -Xmn2g -Xshare:auto "
            + _COMPILED_LATE
        ),
        "spark.local.dir": str(folder / "local"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.defaultCatalog": CATALOGS[0],
        "spark.hadoop.fs.dbfs.impl": "warehouse.VolumeFileSystem",
        "spark.hadoop.warehouse.volumes": str(volumes),
        # What a Databricks SQL warehouse has and cannot be without.
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        # Every table is one partition and stays one: no shuffle, no plan that changes on the way.
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        # Spark 4.3 can plan a union as one partition and run it as several, which fails.
        "spark.sql.unionOutputPartitioning": "false",
        # Each of the many sorts and aggregates of a task takes a page of memory for a few rows.
        "spark.buffer.pageSize": "1m",
        # Interpreted: compiling a plan takes longer than running it over a few thousand rows.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.files.minPartitionNum": "1",
        "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
        # A column that a stream's new query adds is null in older rows.
        "spark.sql.defaultColumn.useNullsForMissingDefaultValues": "true",
    }
    for catalog in CATALOGS:
        settings[f"spark.sql.catalog.{catalog}"] = "warehouse.MemoryCatalog"
    builder = SparkSession.builder.appName("sql-warehouse")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session
