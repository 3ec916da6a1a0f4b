"""The names of time zones that a place may have are known to both engines."""

import csv

import duckdb
import pytest

from tests.support.duckdb_warehouse import ROOT
from tests.support.sql_warehouse.process import SqlWarehouse

pytestmark = [pytest.mark.databricks]


def test_every_usable_time_zone_is_known_to_both_engines(sql_warehouse: SqlWarehouse) -> None:
    with (ROOT / "seeds" / "time_zones.csv").open(newline="", encoding="utf-8") as file:
        names = [row["timezone"] for row in csv.DictReader(file)]
    zones = "(values " + ", ".join(f"('{name}')" for name in names) + ") as zones (name)"
    with sql_warehouse.connect("default") as connection, connection.cursor() as cursor:
        cursor.execute(
            f"select name, from_utc_timestamp(timestamp '2026-01-05 10:00:00', name) from {zones}"
        )
        local = {name: at.replace(tzinfo=None) for name, at in cursor.fetchall()}
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        found = connection.sql(
            f"select name, timezone(name, timestamptz '2026-01-05 10:00:00+00') from {zones}"
        ).fetchall()
    assert dict(found) == local
    assert len(local) == len(names)
