"""Damaged files on Databricks: what was injected is what is found, and what should count does."""

import duckdb
import pyarrow as pa
import pytest

from generators.faults import KINDS
from tests.support.answer_key import Rows, check
from tests.support.both_engines import SCHEMA, Builds, Tables
from tests.support.duckdb_warehouse import STREAMS
from tests.support.sql_warehouse.process import SqlWarehouse

pytestmark = [pytest.mark.databricks, pytest.mark.slow]


@pytest.fixture(scope="module")
def bronze(builds: Builds, sql_warehouse: SqlWarehouse) -> Tables:
    """All rows of bronze after all batches."""
    assert builds.last
    with sql_warehouse.connect(SCHEMA) as connection, connection.cursor() as cursor:
        return {
            stream.bronze: cursor.execute(f"select * from {stream.bronze}").fetchall_arrow()
            for stream in STREAMS.values()
        }


def test_what_is_found_is_what_was_injected_however_late_it_comes(
    builds: Builds, bronze: Tables
) -> None:
    world = builds.faults
    files = {path.name for path in world.faulted.rglob("*.json")}
    found = rows_of(files, bronze | builds.last.databricks)
    verdict = check(world.faulted, world.faultless, found, builds.master)
    assert verdict.wrong == []
    assert verdict.found == verdict.injected
    assert verdict.injected.keys() == KINDS.keys()


def rows_of(files: set[str], tables: Tables) -> Rows:
    """Runs queries on what these tables have of the events in some files, known by their names."""
    connection = duckdb.connect()
    connection.execute("create table files as select unnest(?) as name", [sorted(files)])
    for name, table in tables.items():
        connection.register(f"all_{name}", _without_time_zones(table))
        if "_source_file" in table.column_names:
            connection.execute(
                f"create view {name} as select * from all_{name}"
                " where parse_filename(_source_file) in (from files)"
            )
    for stream in STREAMS.values():
        connection.execute(
            f"create view {stream.fact} as select * from all_{stream.fact}"
            f" where {stream.fact_id} in (select {stream.id} from {stream.deliveries})"
        )
    return lambda query: connection.execute(query).fetchall()


def _without_time_zones(table: pa.Table) -> pa.Table:
    """The same table with times that are UTC without saying so, as DuckDB's own are."""
    return table.cast(
        pa.schema(
            field.with_type(pa.timestamp("us")) if pa.types.is_timestamp(field.type) else field
            for field in table.schema
        )
    )
