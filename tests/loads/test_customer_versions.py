"""Customers change from export to export; the customer dimension keeps what they were."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from generators.customers import DEFAULT_AS_OF
from generators.seeds import export_seeds
from tests.support.dbt_forks import DbtForks
from tests.support.duckdb_warehouse import Row, Warehouse, copy_project

LATER = date(2027, 6, 30)
BEGINNING, END = date(1900, 1, 1), date(9999, 12, 31)

VERSIONS = """
    select customer_key, customer_id, effective_date, expiration_date, is_current
    from retail.gold_customer_dim
    where customer_key <> -1
    order by customer_key
"""
DESCRIPTIONS = """
    select * exclude (expiration_date, is_current)
    from retail.gold_customer_dim
    order by customer_key
"""


@pytest.fixture
def master_data(tmp_path: Path) -> Iterator[Warehouse]:
    """A warehouse with nothing built, whose own seeds may be replaced."""
    folder = tmp_path / "warehouse"
    copy_project(folder)
    dbt = DbtForks(folder)
    yield Warehouse(folder, dbt)
    dbt.close()


def build_customers(warehouse: Warehouse, as_of: date) -> tuple[list[Row], list[Row]]:
    """Export the master data of a day, build and test it; the versions, and what they hold."""
    export_seeds(warehouse.folder / "seeds", as_of)
    warehouse.run(
        "build",
        "--select",
        "+gold_customer_dim",
        "--exclude-resource-type",
        "unit_test",
        "--indirect-selection",
        "cautious",
    )
    return warehouse.rows(VERSIONS), warehouse.rows(DESCRIPTIONS)


def days_of_change(warehouse: Warehouse) -> dict[str, date]:
    """The day of each customer's last change, by the export."""
    with (warehouse.folder / "seeds" / "master_customers.csv").open() as file:
        return {
            row["customer_id"]: date.fromisoformat(row["updated_at"][:10])
            for row in csv.DictReader(file)
        }


def test_a_changed_customer_gets_a_second_version_and_the_first_keeps_its_key(
    master_data: Warehouse,
) -> None:
    versions, first_contents = build_customers(master_data, DEFAULT_AS_OF)
    first_days = days_of_change(master_data)
    assert versions == [
        (number * 1000 + 1, customer_id, BEGINNING, END, True)
        for number, customer_id in enumerate(sorted(first_days), start=1)
    ]

    # Customers that changed more than once between the exports have one new version, the last.
    versions, contents = build_customers(master_data, LATER)
    days = days_of_change(master_data)
    expected: list[Row] = []
    for number, (customer_id, day) in enumerate(sorted(days.items()), start=1):
        changed = day != first_days[customer_id]
        expected.append(
            (number * 1000 + 1, customer_id, BEGINNING, day if changed else END, not changed)
        )
        if changed:
            expected.append((number * 1000 + 2, customer_id, day, END, True))
    assert 1000 < len(expected) - len(days) < len(days)
    assert versions == expected
    assert set(first_contents) < set(contents)

    # The same export again changes nothing, and neither does an older one that comes late.
    assert build_customers(master_data, LATER) == (versions, contents)
    assert build_customers(master_data, DEFAULT_AS_OF) == (versions, contents)
