"""Sessions, step by step, and orders."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from math import log
from urllib.parse import quote_plus

from benchmarks.per_event.goods import PRODUCT_WEIGHTS, PRODUCTS, Event, Goods, Item, timestamp
from benchmarks.per_event.tills import (
    BASKETS,
    QUANTITIES,
    QUANTITY_CUMULATIVE,
    draw_items,
    make_item,
)
from generators.business_day import get_start
from generators.funnel import (
    BROWSERS,
    CHANNEL_WEIGHTS,
    DAILY_SESSIONS,
    EVENT_TYPES,
    FIRST_STEP,
    GAP_MEDIAN_MS,
    GAP_SIGMA,
    HOUR_WEIGHTS,
    LOGGED_IN_SHARE,
    MAX_RECOVERY_DAYS,
    MAX_STEPS,
    PAGES,
    PATIENCE_MEDIAN,
    PATIENCE_SIGMA,
    RECOVERY_SHARE,
    RECOVERY_STEPS,
    REFERRERS,
    SEARCH_TERMS,
    Weights,
    get_next_steps,
)
from generators.master_data import (
    CITIES,
    CUSTOMER_IDS,
    CUSTOMER_SEGMENT_MAP,
    MARKETPLACE_CHANNEL,
    SEGMENT_NAMES,
    SESSION_CHANNELS,
    WAREHOUSES,
    get_home_cities,
    get_order_discount_type,
    get_segment,
    get_segment_discount,
    get_volume_factor,
)
from generators.orders import (
    DAILY_ORDERS,
    MARKETPLACE_SHARE,
    ORDER_PAYMENT_WEIGHTS,
    PROMO_SHARE,
    SHIPPING_WEIGHTS,
)

Choices = tuple[list[str], list[float]]
Cart = list[tuple[str, float, int]]

_SHOP = "https://shop.example.com/"
_PAGES = [_SHOP + page for page in PAGES]
_SEARCHES = [f"{_SHOP}search?q={quote_plus(term)}" for term in SEARCH_TERMS]
_HOURS, _HOUR_WEIGHTS = range(24), list(accumulate(HOUR_WEIGHTS))
_CHANNELS, _CHANNEL_WEIGHTS = [*CHANNEL_WEIGHTS], list(accumulate(CHANNEL_WEIGHTS.values()))
_DEVICES = {channel.channel_code: channel.device_category for channel in SESSION_CHANNELS}
_BROWSERS = {
    code: ([*weights], list(accumulate(weights.values()))) for code, weights in BROWSERS.items()
}
_REFERRERS = {
    code: ([*weights], list(accumulate(weights.values()))) for code, weights in REFERRERS.items()
}
_PAYMENTS = [*ORDER_PAYMENT_WEIGHTS]
_PAYMENT_WEIGHTS = list(accumulate(ORDER_PAYMENT_WEIGHTS.values()))
_SHIPPING, _SHIPPING_WEIGHTS = [*SHIPPING_WEIGHTS], list(accumulate(SHIPPING_WEIGHTS.values()))


def _choices(weights: Weights) -> Choices:
    return [EVENT_TYPES[kind] for kind in weights], list(accumulate(weights.values()))


_FIRST = _choices(FIRST_STEP)
_NEXT = {
    (segment, channel, is_full): {
        EVENT_TYPES[kind]: _choices(weights)
        for kind, weights in get_next_steps(segment, channel, is_full).items()
    }
    for segment in SEGMENT_NAMES
    for channel in _CHANNELS
    for is_full in (False, True)
}
_RECOVERY = {EVENT_TYPES[kind]: _choices(weights) for kind, weights in RECOVERY_STEPS.items()}


class Online:
    """Makes the sessions and orders of days in their order, one after the other."""

    def __init__(self, draw: random.Random, scale: float, goods: Goods) -> None:
        self._random = draw
        self._scale = scale
        self._goods = goods
        self._recoveries: defaultdict[date, list[tuple[int, str, Cart]]] = defaultdict(list)
        self._clicks: list[Event] = []
        self._orders: list[Event] = []

    def day(self, day: date) -> tuple[list[Event], list[Event]]:
        """The day's clickstream events and orders."""
        draw = self._random
        self._clicks, self._orders = [], []
        mark = f"{day:%Y%m%d}-00000000-"
        start = datetime.fromtimestamp(get_start(day) / 1000, UTC).replace(tzinfo=None)
        homes = get_home_cities(day).tolist()
        number = 0
        for customer, channel, cart in self._recoveries.pop(day, []):
            number += 1
            self._session(day, mark, number, self._time(start), homes, customer, channel, cart)
        for _ in range(round(DAILY_SESSIONS * self._scale * get_volume_factor(day))):
            number += 1
            customer = draw.randrange(len(CUSTOMER_IDS))
            channel = draw.choices(_CHANNELS, cum_weights=_CHANNEL_WEIGHTS)[0]
            self._session(day, mark, number, self._time(start), homes, customer, channel, None)
        share = DAILY_ORDERS * MARKETPLACE_SHARE
        for _ in range(round(share * self._scale * get_volume_factor(day))):
            number += 1
            customer = draw.randrange(len(CUSTOMER_IDS))
            segment = CUSTOMER_SEGMENT_MAP[CUSTOMER_IDS[customer]]
            items = self._serve(
                homes, customer, draw_items(draw, segment, day, get_order_discount_type)
            )
            if items:
                at = timestamp(self._time(start))
                channel = MARKETPLACE_CHANNEL
                self._order(mark, number, at, homes, customer, channel, items, None)
        return self._clicks, self._orders

    def _time(self, start: datetime) -> datetime:
        draw = self._random
        hour = draw.choices(_HOURS, cum_weights=_HOUR_WEIGHTS)[0]
        return start + timedelta(hours=hour, milliseconds=draw.randrange(3_600_000))

    def _serve(self, homes: list[int], customer: int, items: list[Item]) -> list[Item]:
        warehouse = WAREHOUSES[CITIES[homes[customer]].nearest_warehouse].location_id
        segment = CUSTOMER_SEGMENT_MAP[CUSTOMER_IDS[customer]]
        return self._goods.serve(warehouse, items, BASKETS[segment][0])

    def _order(
        self,
        mark: str,
        number: int,
        at: str,
        homes: list[int],
        customer: int,
        channel: str,
        items: list[Item],
        session_id: str | None,
    ) -> str:
        draw = self._random
        city = CITIES[homes[customer]]
        segment = get_segment(CUSTOMER_SEGMENT_MAP[CUSTOMER_IDS[customer]])
        order_id = f"ORD-{mark}{number}"
        promo_code = draw.choice(segment.promo_codes) if draw.random() < PROMO_SHARE else None
        self._orders.append(
            {
                "order_id": order_id,
                "channel": channel,
                "timestamp": at,
                "customer_id": CUSTOMER_IDS[customer],
                "customer_segment": segment.name,
                "shipping_address": {
                    "city": city.name,
                    "state": city.state,
                    "zip": city.postal_code,
                },
                "shipping_method": draw.choices(_SHIPPING, cum_weights=_SHIPPING_WEIGHTS)[0],
                "items": items,
                "payment_method": draw.choices(_PAYMENTS, cum_weights=_PAYMENT_WEIGHTS)[0],
                "promo_code": promo_code,
                "session_id": session_id,
            }
        )
        warehouse = WAREHOUSES[city.nearest_warehouse].location_id
        self._goods.sell(warehouse, at, items, "ONLINE_SALE", order_id)
        return order_id

    def _session(
        self,
        day: date,
        mark: str,
        number: int,
        at: datetime,
        homes: list[int],
        customer: int,
        channel: str,
        left_behind: Cart | None,
    ) -> None:
        draw = self._random
        session_id = f"SES-{mark}{number}"
        segment = CUSTOMER_SEGMENT_MAP[CUSTOMER_IDS[customer]]
        browser = draw.choices(_BROWSERS[channel][0], cum_weights=_BROWSERS[channel][1])[0]
        referrer = draw.choices(_REFERRERS[channel][0], cum_weights=_REFERRERS[channel][1])[0]
        if left_behind is None:
            patience = round(draw.lognormvariate(log(PATIENCE_MEDIAN[segment]), PATIENCE_SIGMA))
            steps = min(max(patience, 1), MAX_STEPS)
            is_known = draw.random() < LOGGED_IN_SHARE[channel]
            cart: Cart = []
            target = draw.randint(*BASKETS[segment])
            kind = draw.choices(_FIRST[0], cum_weights=_FIRST[1])[0]
        else:
            steps, is_known, cart, target, kind = MAX_STEPS, True, left_behind, len(left_behind), ""
        has_cart = bool(cart)
        viewed = PRODUCTS[0]
        items: list[Item] = []
        placed = False
        for step in range(steps):
            if step:
                gap = draw.lognormvariate(log(GAP_MEDIAN_MS), GAP_SIGMA)
                at += timedelta(milliseconds=round(gap))
            if left_behind is not None:
                chain = _RECOVERY
            else:
                chain = _NEXT[segment, channel, len(cart) == target]
            if step:
                following, weights = chain[kind]
                kind = draw.choices(following, cum_weights=weights)[0]
            elif left_behind is not None:
                kind = "page_view"
            sku = order_id = None
            moment = timestamp(at)
            if kind == "page_view":
                url = draw.choice(_PAGES)
            elif kind == "search":
                url = draw.choice(_SEARCHES)
            elif kind == "product_view":
                viewed = draw.choices(PRODUCTS, cum_weights=PRODUCT_WEIGHTS)[0]
                sku = viewed[0]
                url = f"{_SHOP}products/{sku}"
            elif kind == "add_to_cart":
                sku = viewed[0]
                url = f"{_SHOP}products/{sku}"
                quantity = draw.choices(QUANTITIES, cum_weights=QUANTITY_CUMULATIVE)[0]
                cart.append((*viewed, quantity))
                has_cart = True
            elif kind == "remove_from_cart":
                sku = cart.pop(draw.randrange(len(cart)))[0]
                url = f"{_SHOP}cart"
            elif kind == "begin_checkout":
                url = f"{_SHOP}checkout"
                is_known = True
            else:
                discounts = get_segment_discount(segment, day)
                wanted = [
                    make_item(draw, discounts, day, get_order_discount_type, *line) for line in cart
                ]
                items = self._serve(homes, customer, wanted)
                if not items:
                    break
                # The checkout's beginning shows what can be had.
                self._clicks[-1]["cart"] = {
                    "items": sum(item["qty"] for item in items),
                    "value": round(sum(item["qty"] * item["price"] for item in items), 2),
                }
                order_id = self._order(
                    mark, number, moment, homes, customer, channel, items, session_id
                )
                url = f"{_SHOP}checkout/complete"
                cart = []
                placed = True
            self._clicks.append(
                {
                    "event_id": f"EVT-{mark}{len(self._clicks) + 1}",
                    "session_id": session_id,
                    "event_type": kind,
                    "timestamp": moment,
                    "channel": channel,
                    "customer_id": CUSTOMER_IDS[customer] if is_known else None,
                    "customer_segment": segment if is_known else None,
                    "page_url": url,
                    "product_sku": sku,
                    "device_type": _DEVICES[channel],
                    "browser": browser,
                    "referrer": referrer,
                    "cart": {
                        "items": sum(line[2] for line in cart),
                        "value": round(sum(line[1] * line[2] for line in cart), 2),
                    }
                    if has_cart
                    else None,
                    "order_id": order_id,
                }
            )
            if placed:
                return
        recoverable = left_behind is None and is_known and len(cart) >= BASKETS[segment][0]
        if recoverable and draw.random() < RECOVERY_SHARE:
            later = day + timedelta(days=draw.randint(1, MAX_RECOVERY_DAYS))
            self._recoveries[later].append((customer, channel, cart))
