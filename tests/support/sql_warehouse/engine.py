"""A session of the warehouse: statements in, Arrow tables out."""

import re
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema

from tests.support.sql_warehouse.files import Volumes
from tests.support.sql_warehouse.functions import define_built_in
from tests.support.sql_warehouse.information_schema import with_information_schema
from tests.support.sql_warehouse.log import Entry, StatementLog
from tests.support.sql_warehouse.metadata import Catalog, Metadata
from tests.support.sql_warehouse.results import NO_RESULT
from tests.support.sql_warehouse.sql import Name, StatementError, quoted
from tests.support.sql_warehouse.statements import handled
from tests.support.sql_warehouse.streams import Sources

CATALOG = "main"

_SETTINGS = {
    "timezone": "spark.sql.session.timeZone",
    # What clients always send: how timestamps travel, and what to call the session's queries.
    "spark.thriftserver.arrowBasedRowSet.timestampAsString": None,
    "QUERY_TAGS": None,
}
"""Session settings that are understood, and Spark's name for them where it has one."""


class Engine:
    """Spark with all that the sessions share."""

    def __init__(self, spark: SparkSession, folder: Path, volumes: Path, log: StatementLog) -> None:
        self._spark = spark
        self.volumes = Volumes(volumes, folder / "no_lines.txt")
        self.metadata = Metadata()
        self.log = log

    def session(
        self, catalog: str | None, schema: str | None, settings: dict[str, str]
    ) -> "Session":
        """Open a session; the schema need not be there yet."""
        unknown = set(settings) - set(_SETTINGS)
        if unknown:
            raise StatementError(f"[CONFIG_NOT_AVAILABLE] no session setting {sorted(unknown)}")
        if (catalog or CATALOG) != CATALOG:
            raise StatementError(f"[NO_SUCH_CATALOG] the only catalog here is {CATALOG}")
        spark = self._spark.newSession()
        for setting, value in settings.items():
            if spark_setting := _SETTINGS[setting]:
                spark.conf.set(spark_setting, value)
        return Session(self, spark, schema or "default", _query_tags(settings))


class Session:
    """One client's session: its own temporary views and settings; one statement at a time."""

    def __init__(
        self, engine: Engine, spark: SparkSession, schema: str, tags: dict[str, str]
    ) -> None:
        self.spark = spark
        self.metadata = engine.metadata
        self.catalog = Catalog(spark, CATALOG)
        self.volumes = engine.volumes
        self._log = engine.log
        self._tags = tags
        self._recorded: list[dict[str, Any]] = []
        self.schema = schema.lower()
        self._activate()
        if self.catalog.has_schema(self.schema):
            self.run(f"use schema {quoted((self.schema,))}")

    def _activate(self) -> None:
        """What Spark looks up by thread, such as settings, it finds in this session."""
        java = self.spark.sparkContext._jvm
        assert java
        java.org.apache.spark.sql.classic.SparkSession.setActiveSession(self.spark._jsparkSession)

    @property
    def sources(self) -> Sources:
        """What the session's queries may read beside Spark's own relations."""
        return Sources(self.volumes, self.catalog, self.metadata, (CATALOG, self.schema))

    def full(self, name: Name) -> Name:
        """The name of a relation with all its parts, in lower case."""
        defaults = (CATALOG, self.schema)
        return tuple(part.lower() for part in (*defaults[: 3 - len(name)], *name))

    def record(self, what: str, on: Name, **details: Any) -> None:
        """Take down what the engine cannot do."""
        self._recorded.append({"what": what, "on": ".".join(on), **details})

    def execute(self, sql: str) -> pa.Table:
        """Run one statement; StatementError says what is wrong with it. Either way it is logged."""
        self._recorded = []
        self._activate()
        started = time.monotonic()
        result, error = NO_RESULT, None
        try:
            result = self._result(sql)
        except Exception as failure:  # whatever it is, the client must hear of it
            error = _message(failure)
        self._log.add(
            Entry(
                statement=sql,
                tags=self._tags,
                recorded=self._recorded,
                error=error,
                rows=result.num_rows,
                milliseconds=round((time.monotonic() - started) * 1000),
            )
        )
        if error:
            raise StatementError(error)
        return result

    def _result(self, sql: str) -> pa.Table:
        define_built_in(sql, self)
        result = handled(sql, self)
        if result is not None:
            return result
        return _fetched(self.query(sql))

    def query(self, sql: str) -> DataFrame:
        """A statement of Spark's that may read files and the information schema."""
        query = self.sources.batch(sql)
        if "information_schema" in query.lower():
            query = with_information_schema(query, self.catalog, self.metadata)
        return self.spark.sql(query)

    def run(self, sql: str) -> pa.Table:
        """What Spark itself says to a statement."""
        return _fetched(self.spark.sql(sql))


def _fetched(frame: DataFrame) -> pa.Table:
    if not frame.columns:
        return NO_RESULT
    if _is_limited_to_nothing(frame):
        return to_arrow_schema(frame.schema, timezone="UTC").empty_table()
    return frame.toArrow()


def _is_limited_to_nothing(frame: DataFrame) -> bool:
    """Whether the query ends with `limit 0`, as those do that ask for columns: it need not run."""
    plan = frame._jdf.queryExecution().analyzed()
    return bool(plan.nodeName() == "GlobalLimit" and plan.limitExpr().toString() == "0")


def _message(failure: Exception) -> str:
    """The words of an error, without the stack of either language."""
    text = str(failure) or repr(failure)
    text = re.split(r"\n+JVM stacktrace|\n\tat ", text)[0]
    return re.sub(r"^An error occurred while calling \S+\n?: ", "", text)


def _query_tags(settings: dict[str, str]) -> dict[str, str]:
    pairs = (
        pair.split(":", 1) for pair in settings.get("QUERY_TAGS", "").split(",") if ":" in pair
    )
    return {key.lstrip("@"): value for key, value in pairs}
