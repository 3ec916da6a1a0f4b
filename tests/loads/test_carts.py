"""Abandoned carts and their recovery, however late and in whatever order events come."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.arrivals import Delivery, batches, in_order_of_arrival
from tests.support.duckdb_warehouse import (
    ROOT,
    Event,
    Row,
    Warehouse,
    click,
    differences,
    item,
    order,
)
from tests.support.oracle.carts import CartRow, cart_rows, data_time
from tests.support.oracle.contract_values import ZERO
from tests.support.oracle.delivery import delivered, valid_events, winners
from tests.support.oracle.events import Click, Order
from tests.support.oracle.landed import Line
from tests.support.oracle.master_data import MasterData

CARTS = "gold_cart_abandonment_fact"
COLUMNS = [field.name for field in fields(CartRow)]
MASTER = MasterData(ROOT / "seeds")
KNOWN, ANOTHER = "CUST_00000001", "CUST_00000002"

STARTS = [datetime(2026, 1, 5, 10), datetime(2026, 1, 9, 23, 45), datetime(2019, 12, 24, 23, 40)]
"""The last is where the date dimension begins."""


def load(warehouse: Warehouse, name: str, batch: Iterable[Delivery]) -> None:
    by_source: dict[str, list[Event]] = {}
    for source, event in batch:
        by_source.setdefault(source, []).append(event)
    for source, events in by_source.items():
        warehouse.land(f"{name}.json", events, source=source)
    warehouse.run("run", "--select", f"+{CARTS},bronze+")


def reference(loaded: Iterable[tuple[str, Iterable[Delivery]]]) -> Counter[Row]:
    """The carts of some loads, each a file of its name in each stream."""
    lines: dict[str, list[Line]] = {"clickstream": [], "ecommerce": []}
    for name, batch in loaded:
        for source, event in batch:
            lines[source].append(Line(f"{source}/{name}.json", event))
    clicks = delivered(Click, lines["clickstream"])
    orders = delivered(Order, lines["ecommerce"])
    now = data_time(valid_events(clicks))
    rows = cart_rows(winners(clicks), winners(orders), now, MASTER)
    return Counter(tuple(getattr(row, column) for column in COLUMNS) for row in rows)


def fact(warehouse: Warehouse) -> Counter[Row]:
    return Counter(warehouse.rows(f"select {', '.join(COLUMNS)} from {CARTS}"))


def text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds") + "Z"


class Neighbourhood:
    """A few customers with a few sessions and orders, at few instants: conflicts, ties, limits."""

    def __init__(self, rng: random.Random, number: int, start: datetime) -> None:
        self.rng, self.name, self.start = rng, f"N{number}", start
        self.customers = [f"CUST_{2 * number + n:08}" for n in (1, 2)]
        self.homes = [self.instant() for _ in range(7)]

    def instant(self) -> datetime:
        """Limits are near: sessions that are just over, the seventh day after."""
        minutes = self.rng.choice([0, 0, 1, 29, 30, 31, 60])
        micros = self.rng.choice([0, 0, 0, 1, -1])
        days = self.rng.choice([0, 0, 1, 3, 7, 7, 8, 14])
        return self.start + timedelta(days=days, minutes=minutes, microseconds=micros)

    def updated_at(self) -> str | None:
        """Mostly none; else before, as or after the events."""
        if self.rng.random() < 0.8:
            return None
        return text(self.start + timedelta(days=self.rng.choice([-1, 0, 15, 16])))

    def instant_of_session(self, session: int) -> datetime:
        if self.rng.random() < 0.1:
            return self.instant()
        return self.homes[session] + timedelta(minutes=self.rng.choice([0, 0, 1, 30]))

    def customer_of_session(self, session: int) -> str | None:
        if self.rng.random() < 0.2:
            return self.rng.choice([*self.customers, None, None, "CUST_99999999"])
        return self.customers[session % 2]

    def click(self) -> Event:
        """Sessions from the fifth on end in a checkout, most of the others do not."""
        session = self.rng.randrange(7)
        types = ["page_view", "remove_from_cart", "begin_checkout", *["add_to_cart"] * 3]
        if self.rng.random() < (0.5 if session > 3 else 0.03):
            types = ["complete_checkout"]
        carts: list[Any] = [
            None,
            {"items": 0, "value": 0},
            {"items": 1},
            {"value": 5},
            {"items": "x"},
            {},
        ]
        carts += [{"items": n, "value": n * 19.99} for n in range(1, 7)]
        orders = [None, None, *(f"{self.name}-O{n}" for n in range(4))]
        return click(
            f"{self.name}-E{self.rng.randrange(60)}",
            self.rng.choice(types),
            at=text(self.instant_of_session(session)),
            session=f"{self.name}-S{session}",
            channel=self.rng.choice(["WEB_DESKTOP", "APP_IOS", "FAX", None]),
            customer_id=self.customer_of_session(session),
            cart=self.rng.choice(carts),
            order_id=self.rng.choice(orders),
            updated_at=self.updated_at(),
        )

    def order(self) -> Event:
        return order(
            f"{self.name}-O{self.rng.randrange(3)}",
            at=text(self.instant()),
            session_id=self.rng.choice([None, *(f"{self.name}-S{n}" for n in (4, 5, 6))]),
            status=self.rng.choice([None, None, "paid", "Cancelled"]),
            updated_at=self.updated_at(),
            items=[
                item(qty=self.rng.randint(0, 3), price=self.rng.choice([10, 0.995]), discount=0.5)
                for _ in range(self.rng.randint(1, 3))
            ],
        )


def random_world(rng: random.Random) -> list[Delivery]:
    """Neighbourhoods that have nothing to do with each other but the newest event of all."""
    deliveries: list[Delivery] = []
    for number in range(60):
        hood = Neighbourhood(rng, number, rng.choice(STARTS))
        deliveries += [Delivery("clickstream", hood.click()) for _ in range(rng.randint(10, 50))]
        deliveries += [Delivery("ecommerce", hood.order()) for _ in range(rng.randint(0, 6))]
    return in_order_of_arrival(rng, deliveries)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_carts_are_those_of_all_events_so_far_after_every_batch(
    warehouse: Warehouse, seed: int
) -> None:
    rng = random.Random(seed)
    loaded: list[tuple[str, Iterable[Delivery]]] = []
    for number, batch in enumerate(batches(rng, random_world(rng), 8)):
        loaded.append((str(number), batch))
        load(warehouse, str(number), batch)
        found = differences({CARTS: reference(loaded)}, {CARTS: fact(warehouse)})
        assert not found, f"after batch {number}: {found}"
    before = warehouse.tables(without=())[CARTS]
    warehouse.run("run", "--full-refresh", "--select", CARTS)
    assert not differences({CARTS: before}, {CARTS: warehouse.tables(without=())[CARTS]})


def added(session: str, at: str, customer: str | None = KNOWN) -> Delivery:
    """A session puts two things into its cart."""
    cart = {"items": 2, "value": 40}
    event = click(session, "add_to_cart", at=at, session=session, customer_id=customer, cart=cart)
    return Delivery("clickstream", event)


def bought(session: str, at: str, order_id: str | None = None, customer: str = KNOWN) -> Delivery:
    """A session completes a checkout."""
    fields = {"customer_id": customer, "order_id": order_id}
    event = click(f"{session}-bought", "complete_checkout", at=at, session=session, **fields)
    return Delivery("clickstream", event)


def ordered(order_id: str, session: str | None, at: str, qty: int = 1) -> Delivery:
    return Delivery("ecommerce", order(order_id, at=at, session_id=session, items=[item(qty=qty)]))


def recoveries(warehouse: Warehouse) -> list[Row]:
    return warehouse.rows(
        f"select cart_id, recovery_session_id, recovery_order_id, recovery_revenue from {CARTS}"
        " order by all"
    )


NEXT_DAY = added("NEWEST", "2026-01-20T10:00:00Z", customer=None)


def test_a_session_becomes_a_cart_when_other_events_show_that_it_is_over(
    warehouse: Warehouse,
) -> None:
    load(warehouse, "1", [added("A", "2026-01-05T10:00:00Z"), added("B", "2026-01-05T10:01:00Z")])
    assert recoveries(warehouse) == []
    load(warehouse, "2", [added("C", "2026-01-05T10:30:00Z")])
    assert recoveries(warehouse) == [("A", None, None, ZERO)]
    load(warehouse, "3", [added("D", "2026-01-05T10:30:59.999999Z")])
    assert recoveries(warehouse) == [("A", None, None, ZERO)]
    load(warehouse, "4", [added("E", "2026-01-05T10:31:00Z")])
    assert recoveries(warehouse) == [("A", None, None, ZERO), ("B", None, None, ZERO)]


def test_a_late_event_takes_a_cart_and_its_recovery_elsewhere(warehouse: Warehouse) -> None:
    early, late = added("EARLY", "2026-01-05T10:00:00Z"), added("LATE", "2026-01-07T10:00:00Z")
    load(warehouse, "1", [early, bought("BUY", "2026-01-08T10:00:00Z"), NEXT_DAY])
    assert recoveries(warehouse) == [("EARLY", "BUY", None, ZERO)]
    load(warehouse, "2", [late])
    assert recoveries(warehouse) == [("EARLY", None, None, ZERO), ("LATE", "BUY", None, ZERO)]
    # The same event again, with another session: the cart that had the recovery is gone.
    moved = late.event | {"session_id": "EARLY", "timestamp": "2026-01-07T11:00:00Z"}
    load(warehouse, "3", [Delivery("clickstream", moved)])
    assert recoveries(warehouse) == [("EARLY", "BUY", None, ZERO)]
    load(warehouse, "4", [bought("EARLY", "2026-01-05T09:00:00Z")])
    assert recoveries(warehouse) == []


def test_the_revenue_follows_the_order_that_a_checkout_names_or_the_latest_of_its_session(
    warehouse: Warehouse,
) -> None:
    """The checkout after cart A names its order, that after B does not."""
    at = "2026-01-06T10:00:00Z"
    carts = [added("A", "2026-01-05T10:00:00Z"), added("B", "2026-01-05T10:00:00Z", ANOTHER)]
    checkouts = [bought("BUY-A", at, "O1"), bought("BUY-B", at, customer=ANOTHER)]
    load(warehouse, "1", [*carts, *checkouts, NEXT_DAY])
    assert recoveries(warehouse) == [("A", "BUY-A", "O1", ZERO), ("B", "BUY-B", None, ZERO)]

    load(warehouse, "2", [ordered("O1", None, at), ordered("P1", "BUY-B", at)])
    assert recoveries(warehouse) == [
        ("A", "BUY-A", "O1", Decimal(10)),
        ("B", "BUY-B", "P1", Decimal(10)),
    ]
    later = "2026-01-06T10:00:01Z"
    next_day = "2026-01-07T10:00:00Z"
    load(warehouse, "3", [ordered("O1", None, later, 3), ordered("P2", "BUY-B", next_day, 2)])
    assert recoveries(warehouse) == [
        ("A", "BUY-A", "O1", Decimal(30)),
        ("B", "BUY-B", "P2", Decimal(20)),
    ]
    latest = "2026-01-08T10:00:00Z"
    load(warehouse, "4", [ordered("O1", None, latest, 0), ordered("P2", "OTHER", latest, 2)])
    assert recoveries(warehouse) == [
        ("A", "BUY-A", "O1", ZERO),
        ("B", "BUY-B", "P1", Decimal(10)),
    ]


def conversion(warehouse: Warehouse, *sessions: str) -> list[Row]:
    """How many of these sessions there are, and how many of them bought."""
    warehouse.run("run", "--select", "gold_customer_event_fact", "report_sessions")
    return warehouse.rows(
        f"""
        select count(*), count_if(has_completed_checkout) from report_sessions
        where session_id in {sessions}
        """
    )


def test_an_order_is_checked_out_once_and_recovers_no_cart_that_was_left_after_it(
    warehouse: Warehouse,
) -> None:
    """A customer leaves A, buys ORD-1 in B, leaves C and opens the order's page again in D.

    Another leaves Y, and opens the page of an order that is older in Z.
    """
    carts = [
        added("A", "2026-01-05T10:00:00Z"),
        added("C", "2026-01-06T10:00:00Z"),
        added("Y", "2026-01-06T10:00:00Z", ANOTHER),
    ]
    orders = [
        ordered("ORD-1", "B", "2026-01-05T11:00:00Z", qty=10),
        ordered("ORD-0", None, "2026-01-04T10:00:00Z", qty=8),
    ]
    page_again = [
        bought("D", "2026-01-07T10:00:00Z", "ORD-1"),
        bought("Z", "2026-01-07T10:00:00Z", "ORD-0", ANOTHER),
    ]
    load(warehouse, "1", [*carts, *page_again, NEXT_DAY])
    assert recoveries(warehouse) == [
        ("A", None, None, ZERO),
        ("C", "D", "ORD-1", ZERO),
        ("Y", "Z", "ORD-0", ZERO),
    ]
    # So far the page is all that is known of the order.
    assert conversion(warehouse, "A", "C", "D") == [(3, 1)]

    load(warehouse, "2", orders)
    assert recoveries(warehouse) == [
        ("A", None, None, ZERO),
        ("C", None, None, ZERO),
        ("Y", None, None, ZERO),
    ]
    load(warehouse, "3", [bought("B", "2026-01-05T11:00:00Z", "ORD-1")])
    assert recoveries(warehouse) == [
        ("A", "B", "ORD-1", Decimal(100)),
        ("C", None, None, ZERO),
        ("Y", None, None, ZERO),
    ]
    assert conversion(warehouse, "A", "B", "C", "D") == [(4, 1)]


def test_a_cart_is_left_though_its_session_opens_the_page_of_an_order_again(
    warehouse: Warehouse,
) -> None:
    left = added("LEFT", "2026-01-06T10:00:00Z")
    load(warehouse, "1", [left, bought("LEFT", "2026-01-06T10:10:00Z", "ORD-1"), NEXT_DAY])
    assert recoveries(warehouse) == []
    load(warehouse, "2", [bought("BEFORE", "2026-01-05T10:00:00Z", "ORD-1", ANOTHER)])
    assert recoveries(warehouse) == [("LEFT", None, None, ZERO)]
    # Moved behind the other, with another order: the checkout is LEFT's again.
    moved = bought("BEFORE", "2026-01-08T10:00:00Z", "ORD-2", ANOTHER)
    load(warehouse, "3", [moved])
    assert recoveries(warehouse) == []


def test_an_order_that_was_placed_before_the_cart_was_left_is_passed_over(
    warehouse: Warehouse,
) -> None:
    load(
        warehouse,
        "1",
        [
            added("LEFT", "2026-01-05T10:00:00Z"),
            bought("OLD", "2026-01-06T10:00:00Z", "OLD"),
            bought("NEW", "2026-01-07T10:00:00Z", "NEW"),
            ordered("NEW", None, "2026-01-07T10:00:00Z", qty=2),
            NEXT_DAY,
        ],
    )
    assert recoveries(warehouse) == [("LEFT", "OLD", "OLD", ZERO)]
    load(warehouse, "2", [ordered("OLD", None, "2026-01-05T09:59:59Z")])
    assert recoveries(warehouse) == [("LEFT", "NEW", "NEW", Decimal(20))]
    # Placed at the very moment after all, and cancelled in the end.
    load(warehouse, "3", [ordered("OLD", None, "2026-01-05T10:00:00Z")])
    assert recoveries(warehouse) == [("LEFT", "OLD", "OLD", Decimal(10))]
    placed = ordered("OLD", None, "2026-01-05T10:00:00Z").event
    cancelled = placed | {"status": "cancelled", "updated_at": "2026-01-08T10:00:00Z"}
    load(warehouse, "4", [Delivery("ecommerce", cancelled)])
    assert recoveries(warehouse) == [("LEFT", "OLD", "OLD", ZERO)]


def test_a_load_leaves_carts_alone_that_nothing_new_can_change(warehouse: Warehouse) -> None:
    carts = [
        added("TOO LONG BEFORE", "2026-01-01T23:59:59Z"),
        added("NEAR", "2026-01-02T00:00:00Z"),
        added("AFTER", "2026-01-10T00:00:00Z"),
        added("OF ANOTHER", "2026-01-08T10:00:00Z", customer=ANOTHER),
        added("OF NOBODY", "2026-01-08T10:00:00Z", customer=None),
    ]
    load(warehouse, "1", [*carts, NEXT_DAY])
    warehouse.execute(f"update {CARTS} set recovery_order_id = 'not looked at'")
    load(warehouse, "2", [bought("BUY", "2026-01-09T10:00:00Z")])
    assert [row[0] for row in recoveries(warehouse) if row[2] is None] == ["NEAR"]


def test_a_load_whose_watermark_was_lost_is_repeated_without_harm(warehouse: Warehouse) -> None:
    load(warehouse, "1", [added("A", "2026-01-05T10:00:00Z"), added("B", "2026-01-06T10:00:00Z")])
    load(warehouse, "2", [bought("BUY", "2026-01-07T10:00:00Z"), NEXT_DAY])
    before = warehouse.tables(without=())[CARTS]
    assert len(before) == 2
    # As Databricks leaves it when it dies between the MERGE and the watermark.
    warehouse.execute(
        f"delete from watermarks where model_name = '{CARTS}' and previous_load is not null"
    )
    warehouse.run("run", "--select", CARTS)
    assert not differences({CARTS: before}, {CARTS: warehouse.tables(without=())[CARTS]})
