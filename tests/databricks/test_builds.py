"""The project built through dbt-databricks: nothing fails, and every table is what DuckDB's is."""

import pytest

from tests.databricks.both_engines import BATCHES, Batch, Builds, columns, rows
from tests.databricks.new_column import COLUMN

pytestmark = [pytest.mark.databricks, pytest.mark.slow]


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


@pytest.mark.parametrize("batch", ["last", "refreshed"])
def test_a_field_that_the_contract_has_anew_is_null_in_older_rows(
    builds: Builds, batch: str
) -> None:
    sales = builds.after(batch).databricks["gold_sales_fact"].select(["transaction_id", COLUMN])
    cards = {row["transaction_id"]: row[COLUMN] for row in sales.to_pylist() if row[COLUMN]}
    assert cards.keys() == {"NEW-1", "NEW-2"} and cards["NEW-1"] == "CARD-1"
    assert sales.num_rows > builds.second.databricks["gold_sales_fact"].num_rows > 2


@pytest.mark.parametrize("batch", ["last", "refreshed"])
def test_a_field_that_the_contract_has_anew_leaves_older_versions_as_they_were(
    builds: Builds, batch: str
) -> None:
    def versions(after: Batch) -> set[tuple[str, str]]:
        events = after.databricks["silver_pos_events"].select(["transaction_id", "_version"])
        return {(row["transaction_id"], row["_version"]) for row in events.to_pylist()}

    rivals = {version for version in versions(builds.second) if version[1]}
    assert rivals
    assert rivals <= versions(builds.after(batch))
