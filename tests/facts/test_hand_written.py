"""Every fact is what plain Python makes of files that other writers of the contract may send."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

from tests.support.duckdb_warehouse import ANY_FUTURE, Event, Warehouse, item, order, sale
from tests.support.oracle.audit import FACTS, columns, disagreements, oracle
from tests.support.oracle.delivery import NO_LIMIT, Verdict, verdicts_by_file
from tests.support.oracle.rejections import rejections

POS: list[Event] = [
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
    {
        "transaction_id": "TXN-20260106-1",
        "store_id": " LOC_009 ",
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
        "original_transaction_id": None,
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
            {"sku": "SKU_999999", "qty": 1_000_000, "price": "999999999.99"},
        ],
        "transaction_type": "return",
        "original_transaction_id": "TXN-20260106-1",
    },
]

ECOMMERCE: list[Event] = [
    {
        "order_id": "ORD-20260105-1",
        "channel": "MARKETPLACE_AMAZON",
        "timestamp": "2026-01-05T10:14:59",
        "customer_id": "CUST_00000001",
        "items": [
            {"sku": "SKU_000001", "qty": 2, "price": 88.99},
            {"sku": "SKU_999999", "qty": 3, "price": 0.0125},
        ],
    },
    {
        "order_id": " ORD-20260105-2 ",
        "channel": "WEB_DESKTOP",
        "timestamp": "2026-01-05 23:59:59.9999999-05:00",
        "customer_id": "CUST_00000002",
        "customer_segment": "vip",
        "shipping_address": {"city": "San Diego", "state": " CA", "zip": 92101},
        "shipping_method": "next_day",
        "items": [
            {
                "sku": "SKU_000007",
                "qty": "2",
                "price": "33.33",
                "discount": "3.335",
                "discount_type": "clearance",
                "qty_requested": "4",
            },
            {"sku": "SKU_000008", "qty": 1, "price": 5, "discount": 0, "discount_type": "promo"},
            {"sku": "SKU_000008", "qty": 0, "price": 5},
            {"sku": "SKU_000008", "qty": 1, "price": -5},
            "SKU_000008",
        ],
        "payment_method": "klarna",
        "promo_code": "VIP20",
        "session_id": "BACK ",
    },
    {
        "order_id": "ORD-20260106-1",
        "channel": "APP_IOS",
        "timestamp": "2026-01-06T12:00Z",
        "customer_id": "UNKNOWN",
        "shipping_address": {"city": "Nowhere", "state": "UNKNOWN"},
        "shipping_method": "",
        "items": [{"sku": "UNKNOWN", "qty": 1, "price": 10, "discount": 1}],
        "payment_method": " ",
        "promo_code": "  ",
        "session_id": None,
    },
    {
        "order_id": "ORD-20260107-1",
        "timestamp": "2036-01-01T00:00:00Z",
        "customer_id": None,
        "shipping_address": None,
        "items": [{"sku": "SKU_000009", "qty": 1, "price": 999999999.99}],
    },
    {
        "order_id": "ORD-20260107-2",
        "channel": "UNKNOWN",
        "timestamp": "2026-01-07T08:00:00+0530",
        "customer_id": "CUST_00000003",
        "shipping_address": ["Boston", "MA"],
        "items": [{"sku": "SKU_000010", "qty": 7, "price": 1.005, "qty_requested": 7.5}],
    },
]


def movement(number: int, movement_type: str, quantity: object, **fields: object) -> Event:
    return {
        "movement_id": f"INV-20260105-{number}",
        "movement_type": movement_type,
        "timestamp": f"2026-01-05T10:{number:02}:00Z",
        "location_id": "LOC_011",
        "sku": "SKU_000001",
        "quantity": quantity,
    } | fields


INVENTORY: list[Event] = [
    movement(1, "receipt", 10, reason_code="PO_RECEIPT", reference_id="PO-1", cost_per_unit=3.335),
    movement(2, "RECEIPT", -10, cost_per_unit="3"),
    movement(3, "transfer_in", 4, reference_id="TFR-1", location_id="LOC_001"),
    movement(4, "Transfer_In", -4, reference_id=" TFR-2 ", location_id="LOC_001"),
    movement(5, "transfer_out", 4, reference_id="TFR-1"),
    movement(6, "TRANSFER_out", "-4", reference_id="TFR-2", cost_per_unit=None),
    movement(7, "sale", 2, reason_code="POS_SALE", reference_id="TXN-20260105-1"),
    movement(8, " Sale ", "-2", reason_code=" "),
    movement(9, "return", 1, reason_code="EXCHANGE", reference_id=""),
    movement(10, "reTURN", -1),
    movement(11, "adjustment", 5, reason_code="FOUND", reference_id=None),
    movement(12, "ADJUSTMENT", -5, reason_code="SHRINKAGE", cost_per_unit=0),
    movement(13, "Adjustment", "+0", sku="SKU_999999"),
    movement(14, "sale", "0", sku="SKU_999999", cost_per_unit=1),
    movement(15, "receipt", "1000000", sku="UNKNOWN", location_id="UNKNOWN"),
    movement(16, "receipt", 1, timestamp="2019-12-31 23:59:59.999999", location_id="LOC_099"),
    movement(17, "receipt", 1, timestamp="2026-01-01T00:30:00+01:00", cost_per_unit=-1.005),
    movement(18, "receipt", 1, timestamp=" 2035-12-31T23:59 ", cost_per_unit="cheap"),
    movement(19, "SALE", 1_000_000, cost_per_unit=999999999.99),
]
"""Both sign conventions, types in any case."""

UNUSABLE_MOVEMENTS: list[Event] = [
    movement(30, "theft", 1),
    movement(31, "receipt", 1.5),
    movement(32, "receipt", None),
    movement(33, "receipt", 1, sku=" "),
    movement(34, "receipt", 1, location_id=None),
    movement(35, "receipt", 1, timestamp="2026-01-05"),
    movement(36, "receipt", 1, movement_id=""),
]


def click(number: int, event_type: str, **fields: object) -> Event:
    return {
        "event_id": f"EVT-20260105-{number}",
        "session_id": "SES-20260105-1",
        "event_type": event_type,
        "timestamp": f"2026-01-05T10:{number:02}:00Z",
    } | fields


CLICKSTREAM: list[Event] = [
    click(
        1,
        "search",
        channel="WEB_MOBILE",
        customer_id=None,
        customer_segment=None,
        page_url="https://shop.example.com/search?page=1&q=blue+%C3%A9t%C3%A9%2B100%25&sort=price",
        product_sku=None,
        device_type="mobile",
        browser="Safari",
        referrer="https://search.example.com/?q=shop",
        cart=None,
    ),
    click(2, "search", page_url="/search?q=100%"),
    click(3, "search", page_url="/search?q=50%+off+%zz"),
    click(4, "search", page_url="/search?query=red&iq=7"),
    click(5, "search"),
    click(6, "page_view", page_url="/search?q=not+a+search"),
    click(7, "product_view", product_sku=" SKU_000007 ", channel=" APP_IOS"),
    click(8, "add_to_cart", product_sku="SKU_999999", cart={"items": 1, "value": 33.335}),
    click(9, "add_to_cart", product_sku="UNKNOWN", cart={"items": "2", "value": "66.60"}),
    click(10, "remove_from_cart", cart={"items": 1}, customer_id="CUST_00000005"),
    click(11, "remove_from_cart", cart={"items": 0, "value": 0}, customer_id="CUST_99999999"),
    click(12, "begin_checkout", cart=["items", 1], device_type="", browser=" ", referrer=""),
    click(13, "complete_checkout", cart={"items": 1.5, "value": "much"}, order_id=" ORD-1 "),
    click(14, "complete_checkout", order_id="", timestamp="2026-01-05 10:14+14:00"),
    click(15, "page_view", timestamp="2051-01-01T00:00:00", customer_id="CUST_00000005"),
    click(16, "add_to_cart", session_id="LEFT", cart={"items": "2", "value": 33.335}),
    click(17, "begin_checkout", session_id="LEFT", customer_id=" CUST_00000002", cart=None),
    click(18, "add_to_cart", session_id="LEFT FOR GOOD", cart={"items": 1}, channel="APP_IOS"),
    click(19, "complete_checkout", session_id="BACK", customer_id="CUST_00000002"),
    click(
        20,
        "complete_checkout",
        timestamp="2026-01-05T10:17:00Z",  # as LEFT ends, not after it
        session_id="MEANWHILE",
        customer_id="CUST_00000002",
        order_id="ORD-20260105-1",
    ),
]

UNUSABLE_CLICKS: list[Event] = [
    click(30, "Page_View"),
    click(31, "hover"),
    click(32, "page_view", session_id=" "),
    click(33, "page_view", timestamp=1767607200),
    click(34, "page_view", event_id=None),
]


def test_facts_of_hand_written_files_are_those_of_the_oracle(warehouse: Warehouse) -> None:
    streams = {
        "pos": POS,
        "ecommerce": ECOMMERCE,
        "inventory": INVENTORY + UNUSABLE_MOVEMENTS,
        "clickstream": CLICKSTREAM + UNUSABLE_CLICKS,
    }
    for source, events in streams.items():
        warehouse.land("even.json", events[::2], source)
        warehouse.land("odd.json.gz", events[1::2], source)
    warehouse.load(variables=ANY_FUTURE)
    rows = oracle(warehouse.folder / "landing", NO_LIMIT)
    assert {fact: len(rows[fact]) for fact in FACTS} == {
        "gold_sales_fact": 8,
        "gold_sales_fact_ecommerce": 7,
        "gold_sales_fact_all": 15,
        "gold_inventory_movement_fact": len(INVENTORY),
        "gold_inventory_fact": 7,
        "gold_customer_event_fact": len(CLICKSTREAM),
        "gold_cart_abandonment_fact": 2,
    }
    assert {cart.recovery_order_id for cart in rows["gold_cart_abandonment_fact"]} == {
        "ORD-20260105-2",
        None,
    }
    assert disagreements(warehouse, NO_LIMIT) == []


ASSOCIATES = ("SA-001", "SA-002", "SA-003", "SA-004")
CORRECTED = {"updated_at": "2026-01-05T10:20:00Z"}
EXCHANGE = sale(
    "EXCHANGE",
    items=[
        item("SKU_000001", qty=-2, price=20, qty_requested=5, line_total=-40),
        item("SKU_000002", qty=3, price=15, discount=1, qty_requested=4, line_total=42),
        item("SKU_000003", qty=0),
    ],
)
STORIES: dict[str, list[Event]] = {
    "pos/0.json": [
        sale("AGAIN", associate_id="SA-002"),
    ],
    "pos/1.json": [
        # Stands in a smaller file than what it corrects.
        *(sale(f"CORRECTED-{who}", associate_id="SA-999") | CORRECTED for who in ASSOCIATES),
        *(sale(f"REPEATED-{who}", associate_id=who) for who in ASSOCIATES),
        sale("AGAIN", associate_id="SA-001"),
        sale("MOVED"),
        EXCHANGE,
        sale("BY WEIGHT", items=[item("SKU_999999", qty=1, price=1.7955)]),
        sale("BARS", payment_method="a|b", associate_id="c"),
        sale("VOID", transaction_type="VOID"),
        sale("BACK", transaction_type="Return", items=[item(qty=-2), item(qty=2)]),
    ],
    "pos/2.json": [
        *(sale(f"CORRECTED-{who}", associate_id=who) for who in ASSOCIATES),
        *(sale(f"REPEATED-{who}", associate_id="SA-999") for who in ASSOCIATES),
        sale("AGAIN", associate_id="SA-002"),
        sale("MOVED", store_id="LOC_002") | CORRECTED,
        sale("BARS", payment_method="a", associate_id="b|c"),
        EXCHANGE,
    ],
    "ecommerce/1.json": [
        order("CANCELLED"),
        order("SHIPPED", items=[item(qty=2)], status="shipped") | CORRECTED,
    ],
    "ecommerce/2.json": [
        order("CANCELLED", items=[], status="Canceled") | CORRECTED,
        order("SHIPPED", items=[item(qty=2)]),
    ],
}
"""Events by file: corrections, ties, what comes back, what is no sale."""


def test_what_the_oracle_makes_of_corrections_ties_and_returns(tmp_path: Path) -> None:
    for file, events in STORIES.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("\n".join(map(json.dumps, events)))
    rows = oracle(tmp_path)
    assert {
        line.line_item_id: (line.sales_associate_id, line.quantity_sold, str(line.net_sales_amount))
        for line in rows["gold_sales_fact"]
    } == {
        **{f"CORRECTED-{who}-1": ("SA-999", 1, "10.00") for who in ASSOCIATES},
        **{f"REPEATED-{who}-1": ("SA-999", 1, "10.00") for who in ASSOCIATES},
        "AGAIN-1": ("SA-001", 1, "10.00"),  # the other one came in the smallest file, too
        "MOVED-1": ("SA-001", 1, "10.00"),
        "EXCHANGE-1": ("SA-001", -2, "-40.00"),
        "EXCHANGE-2": ("SA-001", 3, "42.00"),
        "BY WEIGHT-1": ("SA-001", 1, "1.80"),
        "BARS-1": ("b|c", 1, "10.00"),
        "BACK-1": ("SA-001", -2, "-20.00"),
        "BACK-2": ("SA-001", -2, "-20.00"),
    }
    returned, sold = (row for row in rows["gold_sales_fact"] if row.transaction_id == "EXCHANGE")
    assert (returned.is_return, returned.quantity_requested, returned.discount_amount) == (
        True,
        -2,
        Decimal(0),
    )
    assert (sold.is_return, sold.quantity_requested, sold.discount_amount) == (False, 4, Decimal(3))
    (moved,) = (row for row in rows["gold_sales_fact"] if row.transaction_id == "MOVED")
    assert moved.location_id == "LOC_002"
    assert [row.line_item_id for row in rows["gold_sales_fact_ecommerce"]] == ["SHIPPED-1"]
    assert rejections(tmp_path) == Counter(
        [
            *(("pos", f"REPEATED-{who}", None) for who in ASSOCIATES),
            ("pos", "AGAIN", None),
            ("pos", "MOVED", None),
            ("pos", "BARS", None),
            ("pos", "VOID", None),
            ("pos", "EXCHANGE", 3),
        ]
    )
    current, corrected, superseded = Verdict.CURRENT, Verdict.CORRECTED, Verdict.SUPERSEDED
    duplicate, rejected = Verdict.DUPLICATE, Verdict.REJECTED
    assert verdicts_by_file(tmp_path) == {
        "pos/0.json": {superseded: 1},
        "pos/1.json": {current: 4 + 1 + 3, superseded: 4 + 2, rejected: 1},
        "pos/2.json": {current: 4 + 2, corrected: 4, duplicate: 2},
        "ecommerce/1.json": {corrected: 1, current: 1},
        "ecommerce/2.json": {current: 1, corrected: 1},
    }


def test_corrections_ties_and_returns_are_in_gold_as_in_the_oracle(warehouse: Warehouse) -> None:
    for file, events in STORIES.items():
        stream, _, name = file.partition("/")
        warehouse.land(name, events, stream)
    warehouse.load()
    assert disagreements(warehouse) == []
    reasons = warehouse.rows(
        "select event_id, failed_expectations, raw_content from silver_quarantined_events"
        " where event_id in ('MOVED', 'VOID') order by 1"
    )
    assert [(event_id, failed) for event_id, failed, _ in reasons] == [
        ("MOVED", ["conflicting_duplicate"]),
        ("VOID", ["valid_transaction_type"]),
    ]
    for *_, content in reasons:
        assert list(json.loads(content)) == [
            *("transaction_id", "store_id", "register_id", "timestamp", "customer_id"),
            *("customer_segment", "channel_code", "items", "payment_method", "associate_id"),
            *("transaction_type", "original_transaction_id", "updated_at"),
        ]
    assert json.loads(reasons[1][2])["transaction_type"] == "VOID"
    assert warehouse.rows(
        "select distinct _source_file from bronze_pos_transactions order by 1"
    ) == [
        ("pos/0.json",),
        ("pos/1.json",),
        ("pos/2.json",),
    ]


def test_the_oracle_leaves_out_no_column_of_a_fact(warehouse: Warehouse) -> None:
    warehouse.load()
    found = warehouse.rows(
        "select table_name, list(column_name) from information_schema.columns"
        " where table_name like 'gold%fact%' group by table_name"
    )
    assert {fact: set(names) for fact, names in found} == {
        fact: {*columns(fact), "_ingested_at"} for fact in FACTS
    }
