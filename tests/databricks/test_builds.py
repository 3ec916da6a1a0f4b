"""The project built through dbt-databricks: nothing fails, and every table is what DuckDB's is."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.support.both_engines import COLUMN, ON_BOTH, Builds, columns, rows

pytestmark = [pytest.mark.databricks, pytest.mark.slow]


@pytest.mark.parametrize("batch", ON_BOTH)
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


@pytest.mark.parametrize("batch", ON_BOTH)
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
    assert sales.num_rows > builds.first.databricks["gold_sales_fact"].num_rows > 2


def test_a_field_that_the_contract_has_anew_leaves_older_deliveries_as_they_were(
    builds: Builds,
) -> None:
    before = builds.first.databricks["silver_pos_deliveries"]
    after = builds.last.databricks["silver_pos_deliveries"]
    is_older = pc.is_in(after["_load"], before["_load"])
    older, newer = after.filter(is_older), after.filter(pc.invert(is_older))
    assert newer.num_rows
    assert older[COLUMN].null_count == older.num_rows == before.num_rows

    older = older.drop_columns([COLUMN])
    verdicts = ["verdict", "_duplicate_of"]
    assert rows(older.drop_columns(verdicts)) == rows(before.drop_columns(verdicts))

    def left_in_peace(table: pa.Table) -> pa.Table:
        came_again = pc.is_in(table["transaction_id"], newer["transaction_id"].unique())
        return table.filter(pc.invert(came_again))

    assert {"superseded", "duplicate"} <= set(left_in_peace(before)["verdict"].to_pylist())
    assert rows(left_in_peace(older)) == rows(left_in_peace(before))


def test_a_build_with_nothing_new_leaves_every_row_as_it_was(builds: Builds) -> None:
    assert {
        name: table
        for name, table in builds.unchanged.databricks.items()
        if sorted(map(repr, table.to_pylist()))
        != sorted(map(repr, builds.last.databricks[name].to_pylist()))
    } == {}
