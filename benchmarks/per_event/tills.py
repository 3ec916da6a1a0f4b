"""Sales and returns at the tills."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from benchmarks.per_event.goods import PRODUCT_WEIGHTS, PRODUCTS, Event, Goods, Item, timestamp
from generators.baskets import QUANTITY_WEIGHTS
from generators.master_data import (
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
    Discount,
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
    RETURNED_ITEM_SHARE,
)

_STORE_WEIGHTS = list(accumulate(get_store_volume(store) for store in STORES))
_HOURS = range(OPENING_HOUR, CLOSING_HOUR)
_HOUR_WEIGHTS = list(accumulate(PEAK_TRAFFIC if hour in PEAK_HOURS else 1.0 for hour in _HOURS))
_PAYMENTS = list(PAYMENT_WEIGHTS)
_PAYMENT_CUMULATIVE = list(accumulate(PAYMENT_WEIGHTS.values()))
QUANTITIES = range(1, len(QUANTITY_WEIGHTS) + 1)
QUANTITY_CUMULATIVE = list(accumulate(QUANTITY_WEIGHTS))
BASKETS = {name: get_segment_basket_size(name) for name in SEGMENT_NAMES}
_RETURN_RATES = {name: get_segment_return_rate(name) for name in SEGMENT_NAMES}
_REGISTERS = [get_store_registers(store) for store in STORES]
_ASSOCIATES = [get_store_associates(store) for store in STORES]
_FIRST_ASSOCIATE = [1 + sum(_ASSOCIATES[:store]) for store in range(len(STORES))]


def draw_items(
    draw: random.Random, segment: str, day: date, get_type: Callable[[float, date], str]
) -> list[Item]:
    """A basket of the segment, as it is wanted."""
    discounts = get_segment_discount(segment, day)
    items = []
    for _ in range(draw.randint(*BASKETS[segment])):
        sku, price = draw.choices(PRODUCTS, cum_weights=PRODUCT_WEIGHTS)[0]
        quantity = draw.choices(QUANTITIES, cum_weights=QUANTITY_CUMULATIVE)[0]
        items.append(make_item(draw, discounts, day, get_type, sku, price, quantity))
    return items


def make_item(
    draw: random.Random,
    discounts: Discount,
    day: date,
    get_type: Callable[[float, date], str],
    sku: str,
    price: float,
    quantity: int,
) -> Item:
    discount = 0.0
    if draw.random() < discounts.probability:
        discount = round(price * draw.uniform(discounts.low, discounts.high), 2)
    return {
        "sku": sku,
        "qty": quantity,
        "price": price,
        "discount": discount,
        "discount_type": get_type(discount / price, day),
        "qty_requested": quantity,
    }


class Tills:
    """Makes the transactions of days in their order, one after the other."""

    def __init__(self, draw: random.Random, scale: float, goods: Goods) -> None:
        self._random = draw
        self._scale = scale
        self._goods = goods
        self._due: defaultdict[date, list[tuple[int, Event]]] = defaultdict(list)

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
            "timestamp": timestamp(at),
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
        event["items"] = draw_items(draw, segment, day, get_pos_discount_type)
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

    def day(self, day: date) -> list[Event]:
        """The day's events: returns of earlier days' sales, then sales up to the day's volume."""
        goods = self._goods
        goods.begin(day)
        events = []
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
            back = self._return(number, day, store, sale, openings[store])
            goods.take_back(
                back["store_id"], back["timestamp"], back["items"], back["transaction_id"]
            )
            events.append(back)
        volume = round(DAILY_TRANSACTIONS * self._scale * get_volume_factor(day))
        while number < volume:
            number += 1
            store, sale = self._sale(number, day, homes, openings)
            fewest = BASKETS[sale["customer_segment"]][0]
            sale["items"] = goods.serve(sale["store_id"], sale["items"], fewest)
            if not sale["items"]:
                continue
            goods.sell(
                sale["store_id"],
                sale["timestamp"],
                sale["items"],
                "POS_SALE",
                sale["transaction_id"],
            )
            if draw.random() < _RETURN_RATES[sale["customer_segment"]]:
                later = timedelta(days=draw.randint(1, MAX_RETURN_DAYS))
                self._due[day + later].append((store, sale))
            events.append(sale)
        return events
