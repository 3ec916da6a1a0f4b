"""Every fact says to the cent what generated files say, recomputed in plain Python."""

import subprocess
import sys
from collections import defaultdict
from typing import Any

import pytest

from tests.support.duckdb_warehouse import ROOT, Warehouse
from tests.support.oracle.audit import FACTS, disagreements, oracle
from tests.support.oracle.landed import landed_events

pytestmark = pytest.mark.slow

SOURCES = ["pos", "ecommerce", "inventory", "clickstream"]


@pytest.fixture(scope="module")
def generated(prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse with a generated week, over the ends of a month and of a sale period."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("generated") / "warehouse")
    days = ["--days", "7", "--end", "2026-02-03"]
    world = ["--seed", "7", "--scale", "0.3", "--out", str(warehouse.folder / "landing")]
    subprocess.run(
        [sys.executable, "-m", "generators", "generate", *days, *world],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    warehouse.load()
    return warehouse


@pytest.fixture(scope="module")
def expected(generated: Warehouse) -> dict[str, list[Any]]:
    return oracle(generated.folder / "landing")


def test_every_row_of_every_fact_has_every_column_right(
    generated: Warehouse, expected: dict[str, list[Any]]
) -> None:
    assert min(len(expected[fact]) for fact in FACTS) > 100
    assert disagreements(generated) == []


def test_every_generated_event_counts_and_none_is_quarantined(
    generated: Warehouse, expected: dict[str, list[Any]]
) -> None:
    landing = generated.folder / "landing"
    events = {source: list(landed_events(landing, source)) for source in SOURCES}
    items = {source: sum(len(event["items"]) for event in events[source]) for source in SOURCES[:2]}
    assert len(expected["gold_sales_fact"]) == items["pos"]
    assert len(expected["gold_sales_fact_ecommerce"]) == items["ecommerce"]
    assert len(expected["gold_inventory_movement_fact"]) == len(events["inventory"])
    assert len(expected["gold_customer_event_fact"]) == len(events["clickstream"])
    assert generated.quarantine() == []


@pytest.mark.parametrize(
    ("fact", "measure", "dimension", "natural_id"),
    [
        ("gold_sales_fact", "net_sales_amount", "gold_location_dim", "location_id"),
        ("gold_sales_fact", "tax_amount", "gold_product_dim", "sku"),
        ("gold_sales_fact_ecommerce", "gross_margin_amount", "gold_channel_dim", "channel_code"),
        ("gold_sales_fact_ecommerce", "quantity_sold", "gold_customer_dim", "customer_id"),
        ("gold_inventory_movement_fact", "quantity_change", "gold_location_dim", "location_id"),
        ("gold_inventory_movement_fact", "total_cost", "gold_product_dim", "sku"),
        ("gold_customer_event_fact", "cart_value", "gold_channel_dim", "channel_code"),
    ],
)
def test_sums_by_dimension_are_those_by_natural_id(
    generated: Warehouse,
    expected: dict[str, list[Any]],
    fact: str,
    measure: str,
    dimension: str,
    natural_id: str,
) -> None:
    sums: dict[str, Any] = defaultdict(int)
    for row in expected[fact]:
        sums[getattr(row, natural_id)] += getattr(row, measure) or 0
    assert len(sums) > 4
    assert sums == dict(
        generated.rows(
            f"""
            select member.{natural_id}, coalesce(sum(fact.{measure}), 0)
            from {fact} as fact
            inner join {dimension} as member using ({dimension[5:-3]}key)
            group by member.{natural_id}
            """
        )
    )
