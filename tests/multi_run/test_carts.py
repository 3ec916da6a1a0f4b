"""Abandoned carts and their recovery, however late and in whatever order events come."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.oracle.carts import CartRow, cart_rows
from tests.oracle.delivery import winners
from tests.oracle.events import Click, Order
from tests.oracle.master_data import MasterData
from tests.warehouse import ROOT, Event, Row, Warehouse, differences, item

CARTS = "gold_cart_abandonment_fact"
COLUMNS = [field.name for field in fields(CartRow)]
ANCESTORS = ["bronze_clickstream_events+", "bronze_ecommerce_orders+"]
MODELS = [
    "bronze_clickstream_events",
    "silver_clickstream_typed",
    "silver_click_events",
    "silver_clickstream_events",
    "bronze_ecommerce_orders",
    "silver_ecommerce_typed",
    "silver_ecommerce_events",
    "silver_ecommerce_unified",
    CARTS,
]
MASTER = MasterData(ROOT / "seeds")


def click(event_id: str, **fields: Any) -> Event:
    return {
        "event_id": event_id,
        "session_id": "S",
        "event_type": "page_view",
        "timestamp": "2026-01-05T10:00:00Z",
        "channel": "WEB_DESKTOP",
        "customer_id": "CUST_00000001",
        "customer_segment": "regular",
        "page_url": "/",
        "product_sku": None,
        "device_type": "desktop",
        "browser": "Firefox",
        "referrer": None,
        "cart": None,
    } | fields


def order(order_id: str, **fields: Any) -> Event:
    return {
        "order_id": order_id,
        "channel": "WEB_DESKTOP",
        "timestamp": "2026-01-05T10:00:00Z",
        "customer_id": "CUST_00000001",
        "customer_segment": "regular",
        "shipping_address": {"city": "Reno", "state": "NV", "zip": "89501"},
        "shipping_method": "standard",
        "items": [item()],
        "payment_method": "paypal",
        "promo_code": None,
    } | fields


def text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds") + "Z"


class Neighbourhood:
    """A few customers with a few sessions and orders, at few instants: conflicts, ties, limits."""

    def __init__(self, rng: random.Random, number: int, start: datetime) -> None:
        self.rng, self.name, self.start = rng, f"N{number}", start
        self.customers = [f"CUST_{2 * number + n:08}" for n in (1, 2)]

    def instant(self) -> datetime:
        """Limits are near: sessions that are just over, the seventh day after."""
        minutes = self.rng.choice([0, 0, 1, 29, 30, 31, 60])
        micros = self.rng.choice([0, 0, 0, 1, -1])
        days = self.rng.choice([0, 0, 1, 3, 7, 7, 8, 14])
        return self.start + timedelta(days=days, minutes=minutes, microseconds=micros)

    def customer(self) -> str | None:
        strangers = [None, None, "CUST_99999999"]
        return self.rng.choice([*self.customers * 3, *strangers])

    def click(self) -> Event:
        session = self.rng.randrange(5)
        types = ["page_view", "remove_from_cart", "begin_checkout", *["add_to_cart"] * 3]
        if session > 2:
            types += ["complete_checkout"] * 6
        elif self.rng.random() < 0.05:
            types = ["complete_checkout"]
        carts = [None, {"items": 0, "value": 0}, {"items": 1}, {"value": 5}, {"items": "x"}, {}]
        carts += [{"items": n, "value": n * 19.99} for n in range(1, 5)]
        orders = [None, None, *(f"{self.name}-O{n}" for n in range(4))]
        return click(
            f"{self.name}-E{self.rng.randrange(25)}",
            session_id=f"{self.name}-S{session}",
            event_type=self.rng.choice(types),
            timestamp=text(self.instant()),
            channel=self.rng.choice(["WEB_DESKTOP", "APP_IOS", "FAX", None]),
            customer_id=self.customer(),
            cart=self.rng.choice(carts),
            order_id=self.rng.choice(orders),
        )

    def order(self) -> Event:
        return order(
            f"{self.name}-O{self.rng.randrange(3)}",
            timestamp=text(self.instant()),
            session_id=self.rng.choice([None, *(f"{self.name}-S{n}" for n in (3, 4))]),
            items=[
                item(qty=self.rng.randint(0, 3), price=self.rng.choice([10, 0.99]), discount=0.5)
                for _ in range(self.rng.randint(1, 3))
            ],
        )


def random_world(rng: random.Random) -> list[tuple[str, Event]]:
    """Sources and events, in an order of arrival that is not quite that of time."""
    starts = [datetime(2026, 1, 5, 10), datetime(2026, 1, 9, 23, 45), datetime(2019, 12, 24, 23, 40)]
    events: list[tuple[str, Event]] = []
    for number in range(40):
        hood = Neighbourhood(rng, number, rng.choice(starts))
        events += [("clickstream", hood.click()) for _ in range(rng.randint(5, 40))]
        events += [("ecommerce", hood.order()) for _ in range(rng.randint(0, 5))]
    late = rng.choice([0.0, 0.2, 1.0])

    def arrival(delivery: tuple[str, Event]) -> str:
        at: str = delivery[1]["timestamp"]
        return rng.choice(events)[1]["timestamp"] if rng.random() < late else at

    arrivals = sorted(((arrival(delivery), n) for n, delivery in enumerate(events)))
    return [events[n] for _, n in arrivals] 


def batches(rng: random.Random, events: Sequence[Any], number: int) -> Iterator[Sequence[Any]]:
    cuts = sorted(rng.sample(range(1, len(events)), k=number - 1))
    for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True):
        yield events[start:end]


def reference(delivered: Iterable[tuple[str, Event]]) -> Counter[Row]:
    read: dict[str, list[Any]] = {"clickstream": [], "ecommerce": []}
    for source, event in delivered:
        record = (Click if source == "clickstream" else Order).read(event)
        assert record is not None
        read[source].append(record)
    rows = cart_rows(winners(read["clickstream"]), winners(read["ecommerce"]), MASTER)
    return Counter(tuple(getattr(row, column) for column in COLUMNS) for row in rows)


def fact(warehouse: Warehouse) -> Counter[Row]:
    return Counter(warehouse.rows(f"select {', '.join(COLUMNS)} from {CARTS}"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_carts_are_those_of_all_events_so_far_after_every_batch(
    new_warehouse: Callable[[], Warehouse], seed: int
) -> None:
    rng = random.Random(seed)
    warehouse = new_warehouse()
    world = random_world(rng)
    delivered: list[tuple[str, Event]] = []
    for number, batch in enumerate(batches(rng, world, 6)):
        delivered += batch
        for source in ("clickstream", "ecommerce"):
            events = [event for of, event in batch if of == source]
            if events:
                warehouse.land(f"{number}.json", events, source=source)
        warehouse.run("run", "--select", *MODELS)
        assert not differences({CARTS: reference(delivered)}, {CARTS: fact(warehouse)}), number
    before = warehouse.tables(without=())[CARTS]
    warehouse.run("run", "--full-refresh", "--select", CARTS)
    assert not differences({CARTS: before}, {CARTS: warehouse.tables(without=())[CARTS]})
