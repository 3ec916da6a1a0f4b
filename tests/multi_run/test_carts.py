"""Abandoned carts and their recovery, however late and in whatever order events come."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.multi_run.arrivals import Delivery, batches, in_order_of_arrival
from tests.oracle.carts import CartRow, cart_rows
from tests.oracle.delivery import winners
from tests.oracle.events import Click, Order
from tests.oracle.master_data import MasterData
from tests.warehouse import ROOT, Event, Row, Warehouse, click, differences, item, order

CARTS = "gold_cart_abandonment_fact"
COLUMNS = [field.name for field in fields(CartRow)]
MASTER = MasterData(ROOT / "seeds")

STARTS = [datetime(2026, 1, 5, 10), datetime(2026, 1, 9, 23, 45), datetime(2019, 12, 24, 23, 40)]
"""The last is where the date dimension begins."""


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
        carts = [None, {"items": 0, "value": 0}, {"items": 1}, {"value": 5}, {"items": "x"}, {}]
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
        )

    def order(self) -> Event:
        return order(
            f"{self.name}-O{self.rng.randrange(3)}",
            at=text(self.instant()),
            session_id=self.rng.choice([None, *(f"{self.name}-S{n}" for n in (4, 5, 6))]),
            items=[
                item(qty=self.rng.randint(0, 3), price=self.rng.choice([10, 0.99]), discount=0.5)
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


def load(warehouse: Warehouse, name: str, batch: Iterable[Delivery]) -> None:
    by_source: dict[str, list[Event]] = {}
    for source, event in batch:
        by_source.setdefault(source, []).append(event)
    for source, events in by_source.items():
        warehouse.land(f"{name}.json", events, source=source)
    warehouse.run("run", "--select", f"+{CARTS},bronze+")


def reference(delivered: Iterable[Delivery]) -> Counter[Row]:
    read: dict[str, list[Any]] = {"clickstream": [], "ecommerce": []}
    for source, event in delivered:
        read[source].append((Click if source == "clickstream" else Order).read(event))
    rows = cart_rows(winners(read["clickstream"]), winners(read["ecommerce"]), MASTER)
    return Counter(tuple(getattr(row, column) for column in COLUMNS) for row in rows)


def fact(warehouse: Warehouse) -> Counter[Row]:
    return Counter(warehouse.rows(f"select {', '.join(COLUMNS)} from {CARTS}"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_carts_are_those_of_all_events_so_far_after_every_batch(
    warehouse: Warehouse, seed: int
) -> None:
    rng = random.Random(seed)
    delivered: list[Delivery] = []
    for number, batch in enumerate(batches(rng, random_world(rng), 12)):
        delivered += batch
        load(warehouse, str(number), batch)
        found = differences({CARTS: reference(delivered)}, {CARTS: fact(warehouse)})
        assert not found, f"after batch {number}: {found}"
    before = warehouse.tables(without=())[CARTS]
    warehouse.run("run", "--full-refresh", "--select", CARTS)
    assert not differences({CARTS: before}, {CARTS: warehouse.tables(without=())[CARTS]})
