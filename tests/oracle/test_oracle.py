"""The oracle itself, held against what is worked out by hand."""

import gzip
import hashlib
import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.duckdb_warehouse import ROOT, Event, sale
from tests.oracle.customer_events import search_term
from tests.oracle.delivery import precedence, valid_events, winners
from tests.oracle.ecommerce_sales import order_lines
from tests.oracle.events import Click, Movement, Order, Sale
from tests.oracle.inventory_movements import movement_rows
from tests.oracle.landed import landed_events
from tests.oracle.master_data import MasterData
from tests.oracle.pos_sales import pos_lines
from tests.oracle.sales_lines import SalesLine

MASTER = MasterData(ROOT / "seeds")
BASKET = [{"sku": "SKU_000001", "qty": 3, "price": 88.99, "discount": 10.25}]
"""The product costs 30.92: 3 * 88.99 = 266.97, less 30.75 is 236.22; 236.22 - 92.76 = 143.46."""
ORDER: Event = {
    "order_id": "O",
    "timestamp": "2026-01-05T10:29:00Z",
    "shipping_address": {"state": "NJ"},
    "items": BASKET,
}
MOVEMENT: Event = {
    "movement_id": "M",
    "timestamp": "2026-01-05T10:29:00Z",
    "location_id": "LOC_001",
    "sku": "SKU_000001",
}
SEARCH: Event = {
    "event_id": "E",
    "session_id": "S",
    "event_type": "search",
    "timestamp": "2026-01-05T10:29:00Z",
}


def figures(line: SalesLine) -> tuple[int, ...]:
    """Quantity, and in cents: discount, net sales, tax, margin."""
    amounts = (
        line.discount_amount,
        line.net_sales_amount,
        line.tax_amount,
        line.gross_margin_amount,
    )
    return line.quantity_sold, *(int(amount * 100) for amount in amounts)


def test_a_sale_and_its_return_in_new_york() -> None:
    events = [sale("A", items=BASKET), sale("B", items=BASKET, transaction_type="return")]
    lines = list(pos_lines(valid_events(Sale, events), MASTER))
    # 236.22 * 0.08875 = 20.964525
    assert [figures(line) for line in lines] == [
        (3, 3075, 23622, 2096, 14346),
        (-3, -3075, -23622, -2096, -14346),
    ]


def test_an_order_is_taxed_where_it_is_shipped_to() -> None:
    orders = [ORDER, ORDER | {"shipping_address": {"state": "OR"}}]
    lines = list(order_lines(valid_events(Order, orders), MASTER))
    # New Jersey: 236.22 * 0.06625 = 15.649575; elsewhere: 236.22 * 0.07 = 16.5354.
    assert [figures(line) for line in lines] == [
        (3, 3075, 23622, 1565, 14346),
        (3, 3075, 23622, 1654, 14346),
    ]


@pytest.mark.parametrize(
    ("movement_type", "quantity", "effect"),
    [
        ("receipt", 2, 2),
        ("RECEIPT", -2, 2),
        ("transfer_in", -2, 2),
        ("Transfer_Out", 2, -2),
        ("transfer_out", -2, -2),
        ("sale", 2, -2),
        ("SALE", -2, -2),
        ("return", -2, 2),
        ("adjustment", 2, 2),
        ("Adjustment", -2, -2),
    ],
)
def test_the_stock_effect_of_a_movement(movement_type: str, quantity: int, effect: int) -> None:
    event = MOVEMENT | {"movement_type": movement_type, "quantity": quantity}
    (row,) = movement_rows(valid_events(Movement, [event]), MASTER)
    assert (row.quantity_change, row.total_cost) == (effect, effect * Decimal("30.92"))
    assert (row.movement_type, row.date_key, row.time_key) == (
        movement_type.lower(),
        20260105,
        1015,
    )


@pytest.mark.parametrize(
    ("page_url", "term"),
    [
        ("/search?q=shoes", "shoes"),
        ("https://shop.example.com/s?page=2&q=red+shoes&sort=price", "red shoes"),
        ("/search?q=%C3%A9t%C3%A9%2B1%25", "\u00e9t\u00e9+1%"),
        ("/search?q=100%+wool", "100%+wool"),
        ("/search?q=%zz", "%zz"),
        ("/search?q=%ff", "%ff"),
        ("/search?iq=7", None),
        ("/search", None),
        (None, None),
    ],
)
def test_the_term_of_a_search(page_url: str | None, term: str | None) -> None:
    (click,) = valid_events(Click, [SEARCH | {"page_url": page_url}])
    assert search_term(click) == term


def read(*events: Event) -> list[Sale]:
    return valid_events(Sale, events)


def test_the_later_version_of_an_event_counts() -> None:
    earlier, later = sale("A", at="2026-01-05T10:00:00Z"), sale("A", at="2026-01-05T11:00:00+00:30")
    for events in ([earlier, later], [later, earlier], [earlier, later, earlier]):
        assert winners(read(*events)) == read(later)


def test_versions_of_one_time_are_decided_by_the_md5_of_their_typed_values() -> None:
    (version,) = read(sale("A"))
    values = "A|LOC_001|1|1767607200000000|CUST_00000001|regular|STORE_POS"
    values += "|SKU_000001|1|10.00|0.00|none|1|cash|SA-001|sale|"
    assert precedence(version)[1] == hashlib.md5(values.encode()).hexdigest()
    rivals = read(*(sale("A", associate_id=f"SA-{n}") for n in range(9)))
    assert winners(rivals) == winners(reversed(rivals)) == [max(rivals, key=precedence)]


def test_an_event_written_in_another_way_is_the_same_event() -> None:
    other = sale(" A ", at="2026-01-05 11:00+0100", register_id="1", transaction_type="sale")
    assert read(sale("A")) == read(other | {"original_transaction_id": "", "unknown": 1})


@pytest.mark.parametrize(
    "change",
    [
        {"transaction_id": " "},
        {"timestamp": "2026-01-05"},
        {"items": []},
        {"items": {}},
        {"items": None},
    ],
)
def test_an_unusable_event_is_dropped_whole(change: Event) -> None:
    assert read(sale("A") | change) == []


def test_only_lines_that_are_one_object_are_events(tmp_path: Path) -> None:
    (tmp_path / "pos").mkdir()
    line = json.dumps(sale("A")).encode()
    lines = [line + b"\r", b"", b"[" + line + b"]", line + b" x", b"{'a': 1}", b'{"a": "\xff"}']
    (tmp_path / "pos" / "1.json").write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines))
    (tmp_path / "pos" / "2.json.gz").write_bytes(gzip.compress(line))
    (tmp_path / "pos" / "_3.json").write_bytes(line)
    assert [event["transaction_id"] for event in landed_events(tmp_path, "pos")] == ["A", "A"]
