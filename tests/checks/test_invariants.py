"""The invariants hold in generated data, and each notices what is missing."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.support.duckdb_warehouse import (
    ROOT,
    Event,
    Warehouse,
    click,
    item,
    movement,
    order,
    sale,
)

DAYS = ("20260113", "20260114")
STREAMS = ("pos", "ecommerce", "inventory", "clickstream")

BOUND_TO_HOLD = (
    "on_hand_is_that_of_the_day_before_and_the_net_change",
    "net_change_is_what_came_less_what_went",
    "stock_changes_by_its_movements_alone",
)
TRANSFERS = "transfers_arrive_as_they_left"
SALES = "sales_and_returns_equal_their_stock_movements"
CHECKOUTS = "orders_of_a_session_have_its_checkout"
CARTS = "orders_equal_the_cart_at_their_checkout"
ABANDONED = "abandoned_carts_have_no_order"
COHERENCE = (TRANSFERS, SALES, CHECKOUTS, CARTS, ABANDONED)

KEY = {
    TRANSFERS: "reference_id",
    SALES: "reference_id",
    CHECKOUTS: "order_id",
    CARTS: "order_id",
    ABANDONED: "order_id",
}
"""The column that says whose check is broken."""


def check(warehouse: Warehouse, scope: str = "touched") -> dict[str, list[str]]:
    """The ids of the broken checks, by each invariant whose test found some."""
    run = warehouse.run(
        *("test", "--select", "tag:invariants", "--store-failures"),
        variables={"test_scope": scope},
        check=False,
    )
    invariants = {
        name: status for name, status in run.nodes.items() if name in BOUND_TO_HOLD + COHERENCE
    }
    assert invariants.keys() == {*BOUND_TO_HOLD, *COHERENCE}
    broken = {name: status for name, status in invariants.items() if status != "pass"}
    assert all(status == ("fail" if n in BOUND_TO_HOLD else "warn") for n, status in broken.items())
    return {
        name: [
            str(row[0])
            for row in warehouse.rows(
                f"select {KEY.get(name, 'date_key')} from main_dbt_test__audit.{name} order by 1"
            )
        ]
        for name in broken
    }


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two generated days of all four streams."""
    folder = tmp_path_factory.mktemp("generated")
    days = ["--days", "2", "--end", "2026-01-14", "--seed", "7", "--scale", "0.15"]
    subprocess.run(
        [sys.executable, "-m", "generators", "generate", *days, "--out", str(folder)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return folder


def lines_of(landing: Path, source: str, day: str) -> list[Event]:
    [path] = landing.glob(f"{source}/{source}_{day}_*.json")
    return [json.loads(line) for line in path.read_text().splitlines()]


def land_day(
    warehouse: Warehouse, landing: Path, day: str, sources: Iterable[str] = STREAMS
) -> None:
    """Land a day's files, with the opening stock where the day has one."""
    for source in sources:
        for path in landing.glob(f"{source}/*_{day}_*.json"):
            target = warehouse.folder / "landing" / source / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


@pytest.fixture(scope="module")
def sound(
    prepared_warehouse: Warehouse, landing: Path, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A warehouse with both days; only to be read or copied."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("sound") / "warehouse")
    for day in DAYS:
        land_day(warehouse, landing, day)
    warehouse.load("ops.invariants")
    return warehouse


@pytest.mark.slow
def test_every_invariant_holds_in_generated_data(sound: Warehouse) -> None:
    assert check(sound) == {}
    for fact in ("gold_inventory_fact", "gold_cart_abandonment_fact", "gold_sales_fact_ecommerce"):
        assert sound.rows(f"select count(*) > 20 from {fact}") == [(True,)]


# What happens to the warehouse, and the invariants that notice.
TAMPERED = {
    "a day of stock is lost": (
        "delete from gold_inventory_fact where (product_key, location_key, date_key) in {middle}",
        {BOUND_TO_HOLD[0], BOUND_TO_HOLD[2]},
    ),
    "a balance is not what it was": (
        "update gold_inventory_fact set quantity_on_hand = quantity_on_hand + 1"
        " where (product_key, location_key, date_key) in {middle}",
        {BOUND_TO_HOLD[0]},
    ),
    "something is sold that did not go": (
        "update gold_inventory_fact set sold_quantity = sold_quantity + 1"
        " where (product_key, location_key, date_key) in {middle}",
        {BOUND_TO_HOLD[1]},
    ),
    "a movement is lost": (
        "delete from gold_inventory_movement_fact where movement_id = ("
        "select min(movement_id) from gold_inventory_movement_fact"
        " where movement_type = 'adjustment'"
        " and (product_key, location_key, date_key) in {middle})",
        {BOUND_TO_HOLD[2]},
    ),
}
MIDDLE = (
    "(select product_key, location_key, date_key from gold_inventory_fact"
    " where adjusted_quantity <> 0 and date_key = 20260114"
    " and net_change <> 0"
    " and (product_key, location_key) in"
    " (select product_key, location_key from gold_inventory_fact where date_key = 20260115)"
    " order by all limit 1)"
)


@pytest.mark.slow
@pytest.mark.parametrize("what", TAMPERED)
def test_stock_that_does_not_add_up_fails_the_build(
    sound: Warehouse, what: str, tmp_path: Path
) -> None:
    statement, invariants = TAMPERED[what]
    warehouse = sound.copy(tmp_path / "tampered")
    warehouse.execute(statement.format(middle=MIDDLE))
    assert check(warehouse).keys() == invariants


Lines = dict[str, list[Event]]
"""The events of a day by their stream."""


def orders_of_sessions(lines: Lines) -> list[Event]:
    """Orders of sessions that began one checkout, long before the day's end."""
    begun = [e["session_id"] for e in lines["clickstream"] if e["event_type"] == "begin_checkout"]
    return [
        order
        for order in lines["ecommerce"]
        if begun.count(order["session_id"]) == 1 and order["timestamp"] < "2026-01-14T23"
    ]


def lose_movement(lines: Lines, nth: int = 0, **fields: str) -> str:
    lost = [m for m in lines["inventory"] if fields.items() <= m.items()][nth]
    lines["inventory"].remove(lost)
    return str(lost["reference_id"])


def lose_line_item(lines: Lines) -> str:
    order = [o for o in orders_of_sessions(lines) if len({i["sku"] for i in o["items"]}) > 1][-1]
    order["items"].pop()
    return str(order["order_id"])


def lose_click(lines: Lines, event_type: str, nth: int) -> str:
    order = orders_of_sessions(lines)[nth]
    [lost] = [
        event
        for event in lines["clickstream"]
        if (event["session_id"], event["event_type"]) == (order["session_id"], event_type)
    ]
    lines["clickstream"].remove(lost)
    return str(order["order_id"])


def lose_event(lines: Lines, source: str, id_: str) -> str:
    lost = [event for event in lines[source] if not event.get("session_id")][-1]
    lines[source].remove(lost)
    return str(lost[id_])


LOSSES: dict[str, tuple[Callable[[Lines], str], set[str]]] = {
    "the movement of a sale": (
        lambda lines: lose_movement(lines, reason_code="POS_SALE"),
        {SALES},
    ),
    "the movement of a return": (
        lambda lines: lose_movement(lines, movement_type="return"),
        {SALES},
    ),
    "the leg that leaves": (
        lambda lines: lose_movement(lines, movement_type="transfer_out"),
        {TRANSFERS},
    ),
    "the leg that arrives": (
        lambda lines: lose_movement(lines, nth=-1, movement_type="transfer_in"),
        {TRANSFERS},
    ),
    "a transaction": (lambda lines: lose_event(lines, "pos", "transaction_id"), {SALES}),
    "an order": (lambda lines: lose_event(lines, "ecommerce", "order_id"), {SALES}),
    "a line item of an order": (lose_line_item, {SALES, CARTS}),
    "the begin of a checkout": (lambda lines: lose_click(lines, "begin_checkout", 0), {CARTS}),
    "the end of a checkout": (
        lambda lines: lose_click(lines, "complete_checkout", 1),
        {CHECKOUTS, ABANDONED},
    ),
}
"""What is lost on its way on the second day, and the invariants that notice."""


class Incomplete:
    """A warehouse that a first day and then a second one came to, and what was missing in them."""

    def __init__(self, warehouse: Warehouse, landing: Path) -> None:
        first = {source: lines_of(landing, source, DAYS[0]) for source in STREAMS}
        self.lost_before = lose_movement(first, reason_code="POS_SALE")
        land_day(warehouse, landing, DAYS[0])
        for source, events in first.items():
            [path] = warehouse.folder.glob(f"landing/{source}/{source}_{DAYS[0]}_*.json")
            warehouse.land(path.name, events, source)
        warehouse.load("ops.invariants", "ops_run_log")
        self.broken_before = check(warehouse)

        # No load touches it, and the test of transfers has passed since they came.
        self.added_by_hand = "BY-HAND"
        warehouse.execute(
            "insert into gold_inventory_movement_fact select * replace"
            f" ('{self.added_by_hand}' as movement_id, '{self.added_by_hand}' as reference_id,"
            " 'transfer_out' as movement_type, 20260111 as date_key,"
            " event_at - interval 2 day as event_at) from gold_inventory_movement_fact"
            f" where date_key = {DAYS[0]} limit 1"
        )

        second = {source: lines_of(landing, source, DAYS[1]) for source in STREAMS}
        self.lost = {what: lose(second) for what, (lose, _) in LOSSES.items()}
        for source, events in second.items():
            warehouse.land(f"{source}_{DAYS[1]}.json", events, source)
        warehouse.load("ops.invariants")
        self.broken = check(warehouse)
        self.broken_at_all = check(warehouse, scope="all")


@pytest.fixture(scope="module")
def incomplete(
    prepared_warehouse: Warehouse, landing: Path, tmp_path_factory: pytest.TempPathFactory
) -> Incomplete:
    folder = tmp_path_factory.mktemp("incomplete")
    return Incomplete(prepared_warehouse.copy(folder / "warehouse"), landing)


@pytest.mark.slow
@pytest.mark.parametrize("what", LOSSES)
def test_an_invariant_notices_what_is_lost_and_names_it(incomplete: Incomplete, what: str) -> None:
    noticed = {name for name, ids in incomplete.broken.items() if incomplete.lost[what] in ids}
    assert noticed == LOSSES[what][1]


@pytest.mark.slow
def test_nothing_but_what_is_lost_is_noticed_and_it_never_blocks(incomplete: Incomplete) -> None:
    lost = {incomplete.lost_before, *incomplete.lost.values()}
    assert {id_ for ids in incomplete.broken.values() for id_ in ids} == lost
    assert incomplete.broken.keys() == {*COHERENCE}


@pytest.mark.slow
def test_an_invariant_stays_broken_until_it_holds_again(incomplete: Incomplete) -> None:
    assert incomplete.broken_before == {SALES: [incomplete.lost_before]}
    assert incomplete.lost_before in incomplete.broken[SALES]


@pytest.mark.slow
def test_invariants_look_at_what_was_touched_or_at_everything(incomplete: Incomplete) -> None:
    assert incomplete.added_by_hand not in incomplete.broken[TRANSFERS]
    assert incomplete.added_by_hand in incomplete.broken_at_all[TRANSFERS]


@pytest.mark.slow
@pytest.mark.parametrize("absent", STREAMS)
def test_invariants_are_silent_where_a_stream_has_never_landed(
    warehouse: Warehouse, landing: Path, absent: str
) -> None:
    land_day(warehouse, landing, DAYS[0], sources={*STREAMS} - {absent})
    warehouse.load("ops.invariants")
    assert check(warehouse) == {}


@pytest.mark.slow
def test_invariants_of_streams_say_nothing_of_the_time_before_both_had_begun(
    warehouse: Warehouse, landing: Path
) -> None:
    land_day(warehouse, landing, DAYS[0], sources=["pos", "ecommerce"])
    land_day(warehouse, landing, DAYS[1])
    warehouse.load("ops.invariants")
    assert check(warehouse) == {}


def stock_of(reference_id: str | None, quantity: int = 1, **fields: object) -> Event:
    """What a sale takes from the stock."""
    name = f"{reference_id}-{sorted(fields.items())}"
    said = {"reference_id": reference_id, "reason_code": "POS_SALE"}
    return movement(name, "sale", quantity) | said | fields


@pytest.mark.slow
def test_sales_and_movements_are_compared_by_what_the_files_say(warehouse: Warehouse) -> None:
    unknown = ["SKU_900001", "SKU_900002"]
    warehouse.land(
        "1.json",
        [
            sale("SOUND", items=[item(), item(), item("SKU_000002", qty=3)]),
            sale("REJECTED", items=[item(qty="two"), item("SKU_000002")]),
            sale("UNKNOWN", items=[item(unknown[0]), item(unknown[1], qty=2)]),
            sale("SWAPPED", items=[item(unknown[0]), item(unknown[1], qty=2)]),
            sale("BACK", transaction_type="return"),
            sale("TAKEN", transaction_type="return"),
        ],
    )
    warehouse.land(
        "1.json",
        [
            stock_of("SOUND", 2),
            stock_of("SOUND", -3, sku="SKU_000002"),  # no sign is trusted
            stock_of("REJECTED"),
            stock_of("REJECTED", sku="SKU_000002"),
            stock_of("UNKNOWN", 1, sku=unknown[0]),
            stock_of("UNKNOWN", 2, sku=unknown[1]),
            stock_of("SWAPPED", 2, sku=unknown[0]),
            stock_of("SWAPPED", 1, sku=unknown[1]),
            stock_of("BACK", movement_type="Return"),
            stock_of("TAKEN"),  # for a sale
            stock_of(None),
        ],
        "inventory",
    )
    warehouse.load("ops.invariants")
    assert check(warehouse) == {SALES: ["SWAPPED", "SWAPPED", "TAKEN", "none"]}


@pytest.mark.slow
def test_a_cancelled_order_is_left_out_of_what_is_compared(warehouse: Warehouse) -> None:
    """Its movements, its checkout, the cart of its session; with line items or without."""
    names = ["LINES", "NONE", "KEPT"]
    orders = [order(name, session_id=name) for name in names]
    taken = [stock_of(name, reason_code="ONLINE_SALE") for name in names]
    cart = {"items": 1, "value": 10.0}
    carts = [click(name, "add_to_cart", session=name, cart=cart) for name in names]
    late = click("LATE", at="2026-01-05T12:00:00Z", session="LATE")
    warehouse.land_by_stream("1.json", [*orders, *taken, *carts, late])
    warehouse.load("ops.invariants")
    assert check(warehouse) == {name: sorted(names) for name in (CHECKOUTS, CARTS, ABANDONED)}

    cancelled = {"status": "cancelled", "updated_at": "2026-01-06T10:00:00Z"}
    events = [orders[0] | cancelled, orders[1] | cancelled | {"items": None}]
    warehouse.land("2.json", [*events, order("LATER")], "ecommerce")
    warehouse.land("2.json", [stock_of("LATER", reason_code="ONLINE_SALE")], "inventory")
    warehouse.load("ops.invariants")
    assert check(warehouse, "all") == {name: ["KEPT"] for name in (CHECKOUTS, CARTS, ABANDONED)}


@pytest.mark.slow
def test_an_order_is_compared_with_its_own_checkout_and_what_differs_is_shown(
    warehouse: Warehouse,
) -> None:
    def checkout(name: str, *, items: int, order_id: str | None = None) -> list[Event]:
        cart = {"items": items, "value": 10.0 * items}
        return [
            click(f"{name}0", "begin_checkout", session=name, cart={"items": 9, "value": 90}),
            click(f"{name}1", "begin_checkout", session=name, cart=cart),
            click(f"{name}2", "complete_checkout", session=name, order_id=order_id),
        ]

    of_session = {"SOUND": "S1", "OLD": "S2", "OTHERS": "S3", "UNLIKE": "S4", "NOWHERE": "S5"}
    orders = [order(name, session_id=session) for name, session in of_session.items()]
    warehouse.land("1.json", [*orders, order("ANYWHERE")], "ecommerce")
    clicks = [
        *checkout("S1", items=1, order_id="SOUND"),
        *checkout("S2", items=1),  # from before checkouts named their order
        *checkout("S3", items=1, order_id="ANOTHER"),
        *checkout("S4", items=2, order_id="UNLIKE"),
    ]
    warehouse.land("1.json", clicks, "clickstream")
    warehouse.load("ops.invariants")
    assert check(warehouse) == {CHECKOUTS: ["NOWHERE", "OTHERS"], CARTS: ["NOWHERE", "UNLIKE"]}

    run = warehouse.run("test", "--select", CARTS)
    assert (
        f"{CARTS} is broken: order_id UNLIKE, session_id S4, ordered_quantity 1, cart_items 2,"
        " ordered_value 10.00, cart_value 20.00"
    ) in run.warnings
