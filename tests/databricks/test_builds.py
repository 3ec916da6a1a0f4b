"""The project built through dbt-databricks: nothing fails, and every table is what DuckDB's is."""

import pytest

from tests.databricks.both_engines import Builds, columns, rows

pytestmark = [pytest.mark.databricks, pytest.mark.slow]

BATCHES = ["first", "second", "last"]


@pytest.mark.parametrize("batch", BATCHES)
def test_every_table_has_the_columns_and_types_of_the_other_engine(
    builds: Builds, batch: str
) -> None:
    after = builds.after(batch)
    different = {
        name: (columns(table), columns(after.duckdb[name]))
        for name, table in after.databricks.items()
        if columns(table) != columns(after.duckdb[name])
    }
    assert different == {}


@pytest.mark.parametrize("batch", BATCHES)
def test_every_table_has_the_rows_of_the_other_engine(builds: Builds, batch: str) -> None:
    after = builds.after(batch)
    different = {}
    for name, table in after.databricks.items():
        ours, theirs = rows(table), rows(after.duckdb[name])
        if ours != theirs:
            different[name] = {
                "only on Databricks": sorted(map(repr, (ours - theirs).elements()))[:3],
                "only on DuckDB": sorted(map(repr, (theirs - ours).elements()))[:3],
            }
    assert different == {}
