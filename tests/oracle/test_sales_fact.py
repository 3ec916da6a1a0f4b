"""gold_sales_fact says to the cent what the landed files say, recomputed in plain Python."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.duckdb_warehouse import ROOT, Warehouse
from tests.oracle.pos_sales import (
    COLUMNS,
    MasterData,
    SalesLine,
    expected_lines,
    landed_events,
)

Totals: TypeAlias = tuple[int, Decimal, Decimal, Decimal, Decimal]
TOTALS = """
    sum(quantity_sold),
    sum(discount_amount),
    sum(net_sales_amount),
    sum(tax_amount),
    sum(gross_margin_amount)
"""


@pytest.fixture(scope="module")
def generated(prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse with a week of generated transactions, over the end of a sale period."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("generated") / "warehouse")
    landing = warehouse.folder / "landing"
    days = ["--days", "7", "--end", "2026-02-03"]
    world = ["--seed", "7", "--scale", "0.5", "--source", "pos"]
    subprocess.run(
        [sys.executable, "-m", "generators", "generate", *days, *world, "--out", str(landing)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    warehouse.load()
    return warehouse


@pytest.fixture(scope="module")
def master() -> MasterData:
    return MasterData(ROOT / "seeds")


def facts(warehouse: Warehouse) -> dict[str, SalesLine]:
    rows = warehouse.rows(f"select {', '.join(COLUMNS)} from gold_sales_fact")
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: SalesLine(*row) for row in rows}


def by_id(lines: Iterable[SalesLine]) -> dict[str, SalesLine]:
    return {line.line_item_id: line for line in lines}


def totals(lines: Sequence[SalesLine]) -> Totals:
    return (
        sum(line.quantity_sold for line in lines),
        sum((line.discount_amount for line in lines), Decimal()),
        sum((line.net_sales_amount for line in lines), Decimal()),
        sum((line.tax_amount for line in lines), Decimal()),
        sum((line.gross_margin_amount for line in lines), Decimal()),
    )


def grouped(lines: Iterable[SalesLine], key: Callable[[SalesLine], object]) -> dict[object, Totals]:
    groups: dict[object, list[SalesLine]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return {group: totals(members) for group, members in groups.items()}


@pytest.mark.slow
def test_every_line_item_of_generated_files_is_a_fact_with_every_column_right(
    generated: Warehouse, master: MasterData
) -> None:
    expected = by_id(expected_lines(landed_events(generated.folder / "landing" / "pos"), master))
    found = facts(generated)
    assert len(expected) > 2000
    assert found.keys() == expected.keys()
    wrong = [(found[id_], line) for id_, line in expected.items() if found[id_] != line]
    assert not wrong, f"{len(wrong)} rows differ, such as {wrong[0]}"
    returns = [line for line in expected.values() if line.is_return]
    assert returns
    assert generated.quarantine() == []


@pytest.mark.slow
def test_sums_of_generated_sales_are_those_of_the_files_per_day_and_per_store(
    generated: Warehouse, master: MasterData
) -> None:
    expected = expected_lines(landed_events(generated.folder / "landing" / "pos"), master)
    assert generated.rows(f"select {TOTALS} from gold_sales_fact") == [totals(expected)]
    per_day = generated.rows(f"select date_key, {TOTALS} from gold_sales_fact group by date_key")
    assert {day: tuple(sums) for day, *sums in per_day} == grouped(expected, lambda x: x.date_key)
    per_store = generated.rows(
        f"""
        select location.location_id, {TOTALS}
        from gold_sales_fact
        inner join gold_location_dim as location using (location_key)
        group by location.location_id
        """
    )
    assert {store: tuple(sums) for store, *sums in per_store} == grouped(
        expected, lambda line: line.location_id
    )


WITHOUT_OPTIONAL_FIELDS = [
    {
        "transaction_id": "TXN-20260105-1",
        "store_id": "LOC_001",
        "register_id": 3,
        "timestamp": "2026-01-05T10:14:59.999Z",
        "customer_id": None,
        "customer_segment": "regular",
        "items": [
            {"sku": "SKU_000001", "qty": 3, "price": 88.99},
            {"sku": "SKU_000001", "qty": 1, "price": 0.01, "discount": None},
        ],
        "payment_method": "cash",
        "associate_id": "SA-001",
    },
    {
        "transaction_id": "TXN-20260105-2",
        "timestamp": "2026-01-05 23:59",
        "items": [{"sku": "SKU_999999", "qty": "2", "price": "19.99", "colour": "red"}],
    },
]
"""As a writer may send them that knows nothing of the optional fields."""

WITH_EVERYTHING = [
    {
        "transaction_id": "TXN-20260106-1",
        "store_id": "LOC_009",
        "register_id": "5",
        "timestamp": "2026-01-06T01:30:00+02:00",
        "customer_id": "CUST_00000042",
        "customer_segment": "vip",
        "channel_code": "STORE_KIOSK",
        "items": [
            {
                "sku": "SKU_000007",
                "qty": 2,
                "price": 33.33,
                "discount": 3.335,
                "discount_type": "clearance",
                "qty_requested": 5,
            },
            {"sku": None, "qty": 1, "price": 1},
            {"sku": "SKU_000008", "qty": 1, "price": 1, "discount": 2, "discount_type": "sale"},
        ],
        "payment_method": "gift_card",
        "associate_id": "SA-007",
        "transaction_type": "sale",
    },
    {
        "transaction_id": "TXN-20260107-1",
        "store_id": "LOC_099",
        "register_id": 1.5,
        "timestamp": "2019-12-31T23:59:59Z",
        "customer_id": "CUST_99999999",
        "channel_code": "FAX",
        "items": [
            {"sku": "SKU_999999", "qty": 3, "price": 0.0125, "discount": "0.005"},
            {"sku": "SKU_000007", "qty": 1, "price": 10, "discount": -1, "qty_requested": 9},
        ],
        "transaction_type": "return",
        "original_transaction_id": "TXN-20260106-1",
    },
]


def test_facts_of_hand_written_events_follow_the_contract(
    warehouse: Warehouse, master: MasterData
) -> None:
    warehouse.land("plain.json", WITHOUT_OPTIONAL_FIELDS)
    warehouse.load()
    warehouse.land("full.json", WITH_EVERYTHING)
    warehouse.load()
    expected = by_id(expected_lines(landed_events(warehouse.folder / "landing" / "pos"), master))
    assert facts(warehouse) == expected
    assert len(expected) == 7


def test_amounts_of_one_sale_and_one_return_worked_out_by_hand(warehouse: Warehouse) -> None:
    """New York, 8.875 %; the product costs 30.92. Guards the oracle itself."""
    sale = json.loads(json.dumps(WITHOUT_OPTIONAL_FIELDS[0]))
    sale["items"] = [{"sku": "SKU_000001", "qty": 3, "price": 88.99, "discount": 10.25}]
    back = sale | {"transaction_id": "TXN-20260105-9", "transaction_type": "return"}
    warehouse.land("1.json", [sale, back])
    warehouse.load()
    # 3 * 88.99 = 266.97, less 30.75 is 236.22; * 0.08875 = 20.964525; 236.22 - 92.76 = 143.46.
    amounts = [Decimal(text) for text in ("30.75", "236.22", "20.96", "143.46")]
    assert warehouse.rows(
        """
        select quantity_sold, discount_amount, net_sales_amount, tax_amount, gross_margin_amount
        from gold_sales_fact order by transaction_id
        """
    ) == [(3, *amounts), (-3, *(-amount for amount in amounts))]


def test_the_oracle_leaves_out_no_column_of_the_fact(warehouse: Warehouse) -> None:
    warehouse.load()
    columns = warehouse.rows(
        "select column_name from information_schema.columns"
        " where table_name = 'gold_sales_fact' order by ordinal_position"
    )
    assert {name for (name,) in columns} - set(COLUMNS) == {"_ingested_at"}


def test_the_oracle_refuses_nothing_that_the_files_of_the_generator_hold(
    generated: Warehouse, master: MasterData
) -> None:
    folder: Path = generated.folder / "landing" / "pos"
    line_items = sum(len(event["items"]) for event in landed_events(folder))
    assert line_items == len(expected_lines(landed_events(folder), master))
