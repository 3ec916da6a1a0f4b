"""POS transactions made one at a time: the baseline for the columnar generator.

The same fields and the same business rules, written the straightforward way: a random generator, a
dict an event, `json.dumps` a line. What does not change from event to event is looked up once.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from generators.master_data import (
    ACTIVE_PRODUCTS,
    CLOSING_HOUR,
    CUSTOMER_IDS,
    CUSTOMER_SEGMENT_MAP,
    GUEST_SEGMENT,
    OPENING_HOUR,
    PEAK_HOURS,
    POS_CHANNEL,
    SEGMENT_NAMES,
    STORE_IDS,
    STORES,
    get_home_stores,
    get_pos_discount_type,
    get_segment_basket_size,
    get_segment_discount,
    get_segment_return_rate,
    get_store_associates,
    get_store_registers,
    get_store_volume,
    get_volume_factor,
)
from generators.pos import (
    DAILY_TRANSACTIONS,
    GUEST_SHARE,
    HOME_STORE_SHARE,
    MAX_RETURN_DAYS,
    PAYMENT_WEIGHTS,
    PEAK_TRAFFIC,
    QUANTITY_WEIGHTS,
    RETURNED_ITEM_SHARE,
    SHORT_ITEM_SHARE,
)

Event = dict[str, Any]

_PRODUCTS = [(product.sku, float(product.base_price)) for product in ACTIVE_PRODUCTS]
_PRODUCT_WEIGHTS = list(accumulate(1 / (rank + 4) for rank in range(len(_PRODUCTS))))
_STORE_WEIGHTS = list(accumulate(get_store_volume(store) for store in STORES))
_HOURS = range(OPENING_HOUR, CLOSING_HOUR)
_HOUR_WEIGHTS = list(accumulate(PEAK_TRAFFIC if hour in PEAK_HOURS else 1.0 for hour in _HOURS))
_PAYMENTS = list(PAYMENT_WEIGHTS)
_PAYMENT_CUMULATIVE = list(accumulate(PAYMENT_WEIGHTS.values()))
_QUANTITIES = range(1, len(QUANTITY_WEIGHTS) + 1)
_QUANTITY_CUMULATIVE = list(accumulate(QUANTITY_WEIGHTS))
_BASKETS = {name: get_segment_basket_size(name) for name in SEGMENT_NAMES}
_RETURN_RATES = {name: get_segment_return_rate(name) for name in SEGMENT_NAMES}
_REGISTERS = [get_store_registers(store) for store in STORES]
_ASSOCIATES = [get_store_associates(store) for store in STORES]
_FIRST_ASSOCIATE = [1 + sum(_ASSOCIATES[:store]) for store in range(len(STORES))]


class PerEventGenerator:
    """Makes the days of a world in their order, one event after the other."""

    def __init__(self, seed: int, scale: float) -> None:
        self._random = random.Random(seed)
        self._scale = scale
        self._due: defaultdict[date, list[tuple[int, Event]]] = defaultdict(list)

    def _items(self, segment: str, day: date) -> list[Event]:
        draw = self._random
        discounts = get_segment_discount(segment, day)
        items = []
        for _ in range(draw.randint(*_BASKETS[segment])):
            sku, price = draw.choices(_PRODUCTS, cum_weights=_PRODUCT_WEIGHTS)[0]
            discount = 0.0
            if draw.random() < discounts.probability:
                discount = round(price * draw.uniform(discounts.low, discounts.high), 2)
            quantity = draw.choices(_QUANTITIES, cum_weights=_QUANTITY_CUMULATIVE)[0]
            items.append(
                {
                    "sku": sku,
                    "qty": quantity,
                    "price": price,
                    "discount": discount,
                    "discount_type": get_pos_discount_type(discount / price, day),
                    "qty_requested": quantity + (draw.random() < SHORT_ITEM_SHARE),
                }
            )
        return items

    def _event(self, number: int, day: date, store: int, opening: datetime) -> Event:
        """The part of an event that a sale and a return have in common."""
        draw = self._random
        hour = draw.choices(_HOURS, cum_weights=_HOUR_WEIGHTS)[0] - OPENING_HOUR
        at = opening + timedelta(hours=hour, milliseconds=draw.randrange(3_600_000))
        associate = _FIRST_ASSOCIATE[store] + draw.randrange(_ASSOCIATES[store])
        return {
            "transaction_id": f"TXN-{day:%Y%m%d}-00000000-{number}",
            "store_id": STORE_IDS[store],
            "register_id": draw.randint(1, _REGISTERS[store]),
            "timestamp": at.isoformat(timespec="milliseconds") + "Z",
            "customer_id": None,
            "customer_segment": GUEST_SEGMENT,
            "channel_code": POS_CHANNEL,
            "items": [],
            "payment_method": None,
            "associate_id": f"SA-{associate:03d}",
            "transaction_type": "sale",
            "original_transaction_id": None,
        }

    def _sale(
        self, number: int, day: date, homes: list[int], openings: list[datetime]
    ) -> tuple[int, Event]:
        draw = self._random
        segment, customer_id, store = GUEST_SEGMENT, None, None
        if draw.random() >= GUEST_SHARE:
            customer = draw.randrange(len(CUSTOMER_IDS))
            customer_id = CUSTOMER_IDS[customer]
            segment = CUSTOMER_SEGMENT_MAP[customer_id]
            if draw.random() < HOME_STORE_SHARE:
                store = homes[customer]
        if store is None:
            store = draw.choices(range(len(STORES)), cum_weights=_STORE_WEIGHTS)[0]
        event = self._event(number, day, store, openings[store])
        event["customer_id"] = customer_id
        event["customer_segment"] = segment
        event["items"] = self._items(segment, day)
        event["payment_method"] = draw.choices(_PAYMENTS, cum_weights=_PAYMENT_CUMULATIVE)[0]
        return store, event

    def _return(self, number: int, day: date, store: int, sale: Event, opening: datetime) -> Event:
        draw = self._random
        items = [item for item in sale["items"] if draw.random() < RETURNED_ITEM_SHARE]
        event = self._event(number, day, store, opening)
        for field in ("customer_id", "customer_segment", "payment_method"):
            event[field] = sale[field]
        event["items"] = [
            {**item, "qty_requested": item["qty"]} for item in items or [draw.choice(sale["items"])]
        ]
        event["transaction_type"] = "return"
        event["original_transaction_id"] = sale["transaction_id"]
        return event

    def day(self, day: date) -> Iterator[Event]:
        """The day's events: returns of earlier days' sales, then sales up to the day's volume."""
        draw = self._random
        homes = get_home_stores(day).tolist()
        openings = [
            datetime.combine(day, time(OPENING_HOUR), ZoneInfo(store.timezone))
            .astimezone(UTC)
            .replace(tzinfo=None)
            for store in STORES
        ]
        number = 0
        for store, sale in self._due.pop(day, []):
            number += 1
            yield self._return(number, day, store, sale, openings[store])
        volume = round(DAILY_TRANSACTIONS * self._scale * get_volume_factor(day))
        while number < volume:
            number += 1
            store, sale = self._sale(number, day, homes, openings)
            if draw.random() < _RETURN_RATES[sale["customer_segment"]]:
                later = timedelta(days=draw.randint(1, MAX_RETURN_DAYS))
                self._due[day + later].append((store, sale))
            yield sale


def render_days(seed: int, scale: float, days: list[date]) -> Iterator[bytes]:
    """The days' events as newline-delimited JSON, a day at a time."""
    generator = PerEventGenerator(seed, scale)
    for day in days:
        yield "".join(
            json.dumps(event, separators=(",", ":")) + "\n" for event in generator.day(day)
        ).encode()
