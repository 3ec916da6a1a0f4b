"""Several builds, with files added in between, against one build of all files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.duckdb_warehouse import (
    Event,
    Tables,
    Warehouse,
    click,
    differences,
    item,
    movement,
    order,
    sale,
)
from tests.support.oracle.audit import disagreements

DELIVERIES = [
    "silver_pos_deliveries",
    "silver_ecommerce_deliveries",
    "silver_inventory_deliveries",
    "silver_clickstream_deliveries",
]
SILVER = [
    "silver_transactions_unified",
    "silver_ecommerce_unified",
    "silver_inventory_movements",
    "silver_clickstream_events",
]
NEVER_TAKEN_IN: list[Event | str] = [
    '{"transaction_id": "TORN", "ite',
    sale("", items=[item()]),
    sale("NO-TIME", at="yesterday"),
    sale("NO-ITEMS", items=[]),
]


def days_of_files() -> list[tuple[str, dict[str, list[Event | str]]]]:
    """Four batches with something of everything: conflicts, late days, bad lines, bad items.

    By file name, events by source.
    """
    broken = item(qty=0, price=-1)
    return [
        (
            "2026-01-05.json",
            {
                "pos": [
                    sale("A", items=[item(), item("SKU_000002", qty=3, discount=1.5), broken]),
                    sale("B", at="2026-01-05T11:00:00Z"),
                    sale("C", items=[broken]),
                    sale("D", at="2026-01-05T23:59:59.999Z", customer_id=None),
                    *NEVER_TAKEN_IN,
                ],
                "ecommerce": [
                    order("A", items=[item(), broken]),
                    order("B", at="2026-01-05T11:00:00Z", session_id="S2"),
                ],
                "inventory": [
                    movement("A", movement_type="receipt", quantity=9),
                    movement("B", at="2026-01-05T11:00:00Z"),
                    movement("C", quantity="many"),
                ],
                "clickstream": [
                    click("A", session="S1", event_type="add_to_cart", cart=cart(2)),
                    click("B", session="S2", event_type="add_to_cart", cart=cart(1)),
                    click("C", event_type="hover"),
                ],
            },
        ),
        (
            "2026-01-06.json",
            {
                "pos": [
                    sale("B", at="2026-01-06T11:00:00Z", items=[item(qty=2)]),  # wins
                    sale("A", at="2026-01-04T10:00:00Z"),  # loses
                    sale("E", at="2026-01-06T09:00:00Z", store_id="LOC_099", unknown={"a": [1]}),
                    NEVER_TAKEN_IN[0],
                ],
                "ecommerce": [order("A", at="2026-01-04T10:00:00Z")],  # loses
                "inventory": [
                    movement("B", at="2026-01-06T11:00:00Z", sku="SKU_000002"),  # wins
                    movement("D", at="2026-01-04T10:00:00Z", movement_type="receipt"),
                ],
                "clickstream": [
                    click("D", session="S3", at="2026-01-06T11:00:00Z"),
                    click(
                        "E",
                        session="S4",
                        at="2026-01-06T12:00:00Z",
                        event_type="complete_checkout",
                        order_id="A",  # recovers the cart of S1
                    ),
                ],
            },
        ),
        (
            "2026-01-07.json",
            {
                "pos": [
                    sale("B", at="2026-01-07T11:00:00Z", items=[item(qty=0)]),  # wins with nothing
                    sale("C", at="2026-01-07T08:00:00Z"),  # wins
                    sale("F", at="2020-03-01T12:00:00Z", transaction_type="return"),
                    sale("G", at="1999-12-31T12:00:00Z"),  # outside the date dimension
                ],
                "ecommerce": [order("A", at="2026-01-07T10:00:00Z", items=[item(qty=5)])],  # wins
                "inventory": [movement("E", at="1999-12-31T12:00:00Z", movement_type="RETURN")],
                "clickstream": [
                    click(  # wins: S2 buys
                        "B",
                        session="S2",
                        at="2026-01-07T10:00:00Z",
                        event_type="complete_checkout",
                        order_id="B",
                    ),
                ],
            },
        ),
        (
            "2026-01-08.json",
            {
                "pos": [sale("D", at="2026-01-05T23:59:59.999Z", customer_id=None)],
                "inventory": [movement("B", at="2026-01-05T11:00:00Z")],
            },
        ),
    ]


def land(warehouse: Warehouse, name: str, events: dict[str, list[Event | str]]) -> None:
    for source, lines in events.items():
        warehouse.land(name, lines, source)


def cart(items: int) -> Event:
    return {"items": items, "value": 10 * items}


@pytest.fixture(scope="module")
def built_once_and_file_by_file(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Warehouse, Warehouse]:
    """Two warehouses with the same files; only to be read or copied."""
    folder = tmp_path_factory.mktemp("built")
    at_once = prepared_warehouse.copy(folder / "at_once")
    file_by_file = prepared_warehouse.copy(folder / "file_by_file")
    for name, events in days_of_files():
        land(at_once, name, events)
        land(file_by_file, name, events)
        file_by_file.load()
    at_once.load()
    return at_once, file_by_file


@pytest.fixture
def built_at_once(
    built_once_and_file_by_file: tuple[Warehouse, Warehouse], tmp_path: Path
) -> Warehouse:
    return built_once_and_file_by_file[0].copy(tmp_path / "built_at_once")


@pytest.fixture
def built_file_by_file(
    built_once_and_file_by_file: tuple[Warehouse, Warehouse], tmp_path: Path
) -> Warehouse:
    return built_once_and_file_by_file[1].copy(tmp_path / "built_file_by_file")


ONE_MORE_FILE: tuple[str, dict[str, list[Event | str]]] = (
    "2026-01-09.json",
    {
        "pos": [sale("B", at="2026-01-09T11:00:00Z"), sale("D", at="2026-01-01T10:00:00Z"), "{"],
        "ecommerce": [order("A", at="2026-01-09T11:00:00Z", customer_id="CUST_00000002")],
        "inventory": [movement("A", at="2026-01-09T11:00:00Z", quantity=3)],
        "clickstream": [click("E", at="2026-01-09T11:00:00Z"), click("F", session="S3")],
    },
)


@pytest.fixture(scope="module")
def tables_with_one_more_file(
    built_once_and_file_by_file: tuple[Warehouse, Warehouse],
    tmp_path_factory: pytest.TempPathFactory,
) -> Tables:
    folder = tmp_path_factory.mktemp("with_one_more_file")
    warehouse = built_once_and_file_by_file[1].copy(folder / "warehouse")
    land(warehouse, *ONE_MORE_FILE)
    warehouse.load()
    return warehouse.tables()


def test_builds_between_files_give_what_one_build_of_all_files_gives(
    built_at_once: Warehouse, built_file_by_file: Warehouse
) -> None:
    assert not differences(built_at_once.tables(), built_file_by_file.tables())
    tables = built_at_once.tables()
    assert sum(tables["gold_sales_fact"].values()) == 7
    assert sum(tables["silver_quarantined_events"].values()) == 17
    assert disagreements(built_at_once) == []


def test_a_build_without_new_files_changes_nothing(built_at_once: Warehouse) -> None:
    everything = built_at_once.tables(without=())
    watermarks = built_at_once.rows("select * from watermarks order by all")
    built_at_once.load()
    assert not differences(everything, built_at_once.tables(without=()))
    assert built_at_once.rows("select * from watermarks order by all") == watermarks


def test_a_load_looks_only_at_what_is_new_and_at_its_days(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A"), sale("B", at="2026-01-06T10:00:00Z")])
    warehouse.load()
    warehouse.land("2.json", [sale("C", at="2026-01-07T10:00:00Z")])
    run = warehouse.load()
    first, after = "make_timestamp(1767744000000000)", "make_timestamp(1767830400000000)"
    day = f"(event_at >= {first} and event_at < {after})"
    assert warehouse.rows(
        """
        select model_name, touched, previous_load = (
            select max(previous.load) from watermarks as previous
            where previous.model_name = newer.model_name
            and previous.input_name = newer.input_name and previous.load < newer.load
        )
        from watermarks as newer
        where previous_load is not null
            and model_name in ('silver_pos_deliveries', 'gold_sales_fact')
        order by all
        """
    ) == [("gold_sales_fact", day, True), ("silver_pos_deliveries", "true", True)]
    (merge,) = (text for text in run.statements if 'merge into "retail"."main"."gold_sales' in text)
    assert day.replace("event_at", "existing.event_at") in merge


def test_the_same_files_under_other_names_change_nothing_but_the_unusable_lines_they_repeat(
    built_at_once: Warehouse,
) -> None:
    before = built_at_once.tables(without=())
    for name, events in days_of_files():
        land(built_at_once, f"again-{name}.gz", events)
    built_at_once.load()
    after = built_at_once.tables(without=())
    # An event that is dropped whole is no event that could come twice: each delivery is a row.
    added = after.pop("silver_quarantined_events") - before.pop("silver_quarantined_events")
    assert sum(added.values()) == len(NEVER_TAKEN_IN) + 3
    for model in [*DELIVERIES, "silver_pos_line_items", "silver_ecommerce_line_items"]:
        assert not before.pop(model) - after.pop(model)  # a duplicate rewrites nothing
    assert not differences(before, after)


MAKE: dict[str, Callable[..., Event]] = {
    "pos": sale,
    "ecommerce": order,
    "inventory": movement,
    "clickstream": click,
}
"""Makes an event of a stream."""
IN_ALL_STREAMS: dict[str, Event] = {
    "UNKNOWN-FIELD": {"new_field": [{"x": None}]},
    "OTHER-TIME-ZONE": {"timestamp": "2026-01-05 11:00:00.000+01:00"},
    "UNUSABLE-UPDATE": {"updated_at": "yesterday"},
}
AS_TEXT = [item(qty="1", price="10.00", discount="0")]
REDELIVERIES: dict[str, dict[str, Event]] = {
    "pos": {
        "NUMBER-AS-TEXT": {"register_id": "1"},
        "AMOUNTS-AS-TEXT": {"items": AS_TEXT},
        "BLANKS-AROUND-TEXT": {"transaction_id": " BLANKS-AROUND-TEXT ", "payment_method": " cash"},
        "NULLS": {"promo": None, "original_transaction_id": None},
        "EMPTY-TEXT": {"original_transaction_id": "", "updated_at": "  "},
        "OTHER-CASE": {"transaction_type": "SALE"},
        "MORE-DECIMALS": {"items": [item(price="10.0000004", discount="-0.0000004")]},
    },
    "ecommerce": {
        "AMOUNTS-AS-TEXT": {"items": AS_TEXT},
        "BLANKS-AROUND-TEXT": {"order_id": " BLANKS-AROUND-TEXT", "channel": " WEB_DESKTOP "},
        "EMPTY-TEXT": {"session_id": "", "promo_code": " "},
        "OTHER-CASE": {"status": " canceled"},
    },
    "inventory": {
        "NUMBER-AS-TEXT": {"quantity": "1", "cost_per_unit": "3.50"},
        "OTHER-CASE": {"movement_type": "SALE"},
        "EMPTY-TEXT": {"reference_id": ""},
    },
    "clickstream": {
        "BLANKS-AROUND-TEXT": {"session_id": " S1 ", "event_type": " page_view"},
        "NUMBER-AS-TEXT": {"cart": {"value": "10.00", "items": "1"}},
        "EMPTY-TEXT": {"order_id": "", "product_sku": " "},
    },
}
"""Changes that leave an event the same event, by an id."""
FIRST: dict[str, Event] = {
    "pos": {"transaction_type": "sale"},
    "ecommerce": {
        "channel": "WEB_DESKTOP",
        "session_id": None,
        "promo_code": None,
        "status": "Cancelled",
    },
    "inventory": {
        "movement_type": "sale",
        "quantity": 1,
        "cost_per_unit": 3.5,
        "reference_id": None,
    },
    "clickstream": {
        "session_id": "S1",
        "event_type": "page_view",
        "cart": {"items": 1, "value": 10},
        "order_id": None,
        "product_sku": None,
    },
}
"""What the events that are delivered again have."""


def test_an_event_delivered_twice_counts_once_however_it_is_written(warehouse: Warehouse) -> None:
    again: dict[str, list[Event | str]] = {}
    for source, of_stream in REDELIVERIES.items():
        changes = IN_ALL_STREAMS | of_stream | {"KEY-ORDER": {}, "BLANKS": {}}
        first = {name: MAKE[source](name, **FIRST[source]) for name in changes}
        warehouse.land("1.json", first.values(), source)
        again[source] = [first[name] | change for name, change in changes.items()]
        again[source].append(dict(reversed(first["KEY-ORDER"].items())))
        again[source].append(json.dumps(first["BLANKS"], indent=1).replace("\n", " "))
    warehouse.load()
    before = warehouse.tables(without=())
    land(warehouse, "2.json", again)
    warehouse.load()
    after = warehouse.tables(without=())
    for model in [name for name in before if name.endswith(("_deliveries", "_line_items"))]:
        added = after[model].total() - before[model].total()
        assert added > before[model].total() or model not in DELIVERIES
        assert not before.pop(model) - after.pop(model)  # a duplicate rewrites nothing
    assert not differences(before, after)
    assert warehouse.quarantine() == []


def test_redeliveries_in_one_file_count_once(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A"), sale("B"), sale("A", register_id="1"), sale("A")])
    warehouse.load()
    assert warehouse.rows("select transaction_id from gold_sales_fact order by 1") == [
        ("A",),
        ("B",),
    ]
    assert warehouse.quarantine() == []


ITEM_CHANGES: list[Event] = [
    {"items": [item(sku="SKU_000002")]},
    {"items": [item(qty=2)]},
    {"items": [item(price=10.01)]},
    {"items": [item(discount=0.01)]},
    {"items": [item(discount_type="sale")]},
    {"items": [item(qty_requested=2)]},
    {"items": [item(qty_requested=1)]},
    {"items": [item(price=10.000001)]},
    {"items": [item(discount=None)]},
    {"items": [item(discount_type="none")]},
    {"items": [item(line_total=10)]},
    {"items": [item(), item()]},
    {"items": [item(), None]},
]
ADDRESS = {"city": "Newark", "state": "NJ", "zip": "07101"}
CHANGES: dict[str, list[Event]] = {
    "pos": [
        {"store_id": "LOC_002"},
        {"register_id": 2},
        {"timestamp": "2026-01-05T10:00:00.000001Z"},
        {"customer_id": None},
        {"customer_segment": "vip"},
        {"channel_code": "STORE_KIOSK"},
        {"channel_code": None},
        {"payment_method": "gift_card"},
        {"associate_id": "SA-002"},
        {"transaction_type": "return"},
        {"transaction_type": "sale"},
        {"updated_at": "2026-01-05T10:00:00Z"},
        {"original_transaction_id": "Z"},
        *ITEM_CHANGES,
    ],
    "ecommerce": [
        {"channel": "APP_IOS"},
        {"timestamp": "2026-01-05T10:00:00.000001Z"},
        {"customer_id": "CUST_00000009"},
        {"customer_segment": "vip"},
        {"shipping_address": ADDRESS},
        {"shipping_address": ADDRESS | {"city": None}},
        {"shipping_address": ADDRESS | {"state": None}},
        {"shipping_address": ADDRESS | {"zip": None}},
        {"shipping_method": "pickup"},
        {"payment_method": "klarna"},
        {"promo_code": "PROMO-2"},
        {"session_id": "S2"},
        {"status": "placed"},
        {"status": "cancelled"},
        {"updated_at": "2026-01-05T10:00:00Z"},
        *ITEM_CHANGES,
    ],
    "inventory": [
        {"movement_type": "adjustment"},
        {"timestamp": "2026-01-05T10:00:00.000001Z"},
        {"location_id": "LOC_002"},
        {"sku": "SKU_000002"},
        {"quantity": 77},
        {"reason_code": "DAMAGE"},
        {"reference_id": "Z"},
        {"cost_per_unit": 0.01},
        {"updated_at": "2026-01-05T10:00:00Z"},
    ],
    "clickstream": [
        {"session_id": "S2"},
        {"event_type": "begin_checkout"},
        {"timestamp": "2026-01-05T10:00:00.000001Z"},
        {"channel": "APP_IOS"},
        {"customer_id": "CUST_00000009"},
        {"customer_segment": "vip"},
        {"page_url": "/elsewhere"},
        {"product_sku": "SKU_000009"},
        {"device_type": "kiosk"},
        {"browser": "Lynx"},
        {"referrer": "https://elsewhere.example.com"},
        {"cart": {"items": 7}},
        {"cart": {"value": 7}},
        {"order_id": "Z"},
        {"updated_at": "2026-01-05T10:00:00Z"},
    ],
}
"""Each another value of a field than the maker of an event gives it."""


def test_a_change_in_any_field_of_the_contract_is_another_event(warehouse: Warehouse) -> None:
    for source, changes in CHANGES.items():
        make = MAKE[source]
        versions = [[make(f"T{n}"), make(f"T{n}") | change] for n, change in enumerate(changes)]
        warehouse.land("1.json", [event for pair in versions for event in pair], source)
    warehouse.load()
    for model, changes in zip(DELIVERIES, CHANGES.values(), strict=True):
        assert warehouse.rows(
            f"select count(*), count(verdict = 'current' or null) from {model}"
            " where verdict not in ('duplicate', 'rejected')"
        ) == [(2 * len(changes), len(changes))]


@pytest.mark.slow
@pytest.mark.parametrize(
    "selection",
    [
        pytest.param([], id="of everything that depends on events"),
        pytest.param(["bronze"], id="of bronze, then a build of the rest"),
        pytest.param([f"{model}+" for model in DELIVERIES], id="of events and their children"),
        pytest.param([f"{model}+" for model in SILVER], id="of silver tables and their children"),
        pytest.param(
            ["gold.facts", "silver_quarantined_events"], id="of the facts and the quarantine"
        ),
    ],
)
def test_a_full_refresh_gives_the_same_tables_and_loads_go_on_from_there(
    built_file_by_file: Warehouse, tables_with_one_more_file: Tables, selection: list[str]
) -> None:
    before = built_file_by_file.tables()
    if selection:
        others = ["ops", "reports", "semantic"]
        built_file_by_file.run(
            "run", "--full-refresh", "--select", *selection, "--exclude", *others
        )
    else:
        built_file_by_file.load("--full-refresh")
    if selection != ["bronze"]:
        assert not differences(before, built_file_by_file.tables())
    land(built_file_by_file, *ONE_MORE_FILE)
    built_file_by_file.load()
    assert not differences(tables_with_one_more_file, built_file_by_file.tables())
