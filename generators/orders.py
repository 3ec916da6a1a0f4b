"""Orders: those that sessions check out, and those that come from the marketplace.

What is wanted is settled by the sessions; what is served is settled with the warehouse's stock
(`simulation`), for a session's order at its last begin_checkout.
"""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np

from generators.baskets import (
    BASKET_HIGH,
    BASKET_LOW,
    MAX_BASKET,
    QUANTITY_TABLE,
    Baskets,
    concatenate,
    draw_discounts,
    popularity_table,
)
from generators.business_day import (
    HOUR_MS,
    MINUTE_MS,
    Flags,
    Ints,
    draw_count,
    get_draws,
    get_night,
    get_start,
    order_by_time,
)
from generators.funnel import CHANNEL_CODES, HOUR_WEIGHTS
from generators.master_data import (
    CITIES,
    CUSTOMER_IDS,
    CUSTOMER_SEGMENTS,
    LOCATIONS,
    MARKETPLACE_CHANNEL,
    SEGMENTS,
    WAREHOUSES,
    get_home_cities,
    get_volume_factor,
)
from generators.randomness import weighted_table
from generators.sessions import Sessions
from generators.world import World

DAILY_ORDERS = 200
"""Orders of a day at scale 1, before month and weekend."""

MARKETPLACE_SHARE = 0.3
"""Share of the orders that come from the marketplace, without a session."""

PROMO_SHARE = 0.5
"""Share of the orders with a promo code."""

ORDER_CHANNELS: tuple[str, ...] = (*CHANNEL_CODES, MARKETPLACE_CHANNEL)

SHIPPING_WEIGHTS: dict[str, int] = {"standard": 60, "express": 22, "next_day": 8, "pickup": 10}

ORDER_PAYMENT_WEIGHTS: dict[str, int] = {
    "credit_card": 40,
    "debit_card": 20,
    "paypal": 16,
    "apple_pay": 10,
    "google_pay": 6,
    "affirm": 4,
    "klarna": 4,
}

PROMO_CODES: tuple[str, ...] = tuple(code for segment in SEGMENTS for code in segment.promo_codes)

_CODES = np.array([len(segment.promo_codes) for segment in SEGMENTS])
_FIRST_CODE = np.cumsum(_CODES) - _CODES
_HOUR_TABLE = weighted_table(HOUR_WEIGHTS)
_SHIPPING_TABLE = weighted_table(list(SHIPPING_WEIGHTS.values()))
_PAYMENT_TABLE = weighted_table(list(ORDER_PAYMENT_WEIGHTS.values()))
_PLACE = np.array([LOCATIONS.index(WAREHOUSES[city.nearest_warehouse]) for city in CITIES])


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders of a business day, by time.

    Attributes:
        baskets: What was ordered, from which warehouse (index in LOCATIONS); an order that a
            session placed bears the session's number.
        placed_at: Instant (ms since 1970, UTC).
        channel: Index in ORDER_CHANNELS.
        has_session: Whether a session placed it.
        city: Where it goes (index in CITIES).
        shipping: Index in SHIPPING_WEIGHTS.
        payment: Index in ORDER_PAYMENT_WEIGHTS.
        promo: Index in PROMO_CODES; -1 without a code.
    """

    baskets: Baskets
    placed_at: Ints
    channel: Ints
    has_session: Flags
    city: Ints
    shipping: Ints
    payment: Ints
    promo: Ints

    def slice(self, start: int, stop: int) -> Self:
        """The orders from a position up to, but not including, another."""
        rows = slice(start, stop)
        return type(self)(
            self.baskets.slice(start, stop),
            self.placed_at[rows],
            self.channel[rows],
            self.has_session[rows],
            self.city[rows],
            self.shipping[rows],
            self.payment[rows],
            self.promo[rows],
        )


def _make_baskets(
    world: World,
    day: date,
    number: Ints,
    taken_at: Ints,
    customer: Ints,
    size: Ints,
    product: Ints,
    quantity: Ints,
) -> Baskets:
    """Baskets of customers at home, with their discounts."""
    segment = CUSTOMER_SEGMENTS[customer]
    starts = np.cumsum(size) - size
    line = np.arange(len(product)) + np.repeat(number * MAX_BASKET - starts, size)
    discount, discount_type = draw_discounts(
        get_draws(world, "ecommerce"), day, line, np.repeat(segment, size), product, "promo"
    )
    return Baskets(
        number,
        taken_at,
        _PLACE[get_home_cities(day)[customer]],
        customer,
        segment,
        size,
        product,
        quantity,
        quantity,
        discount,
        discount_type,
    )


def _take_from_sessions(world: World, day: date, sessions: Sessions) -> Baskets:
    """What the sessions with a checkout want."""
    rows = np.flatnonzero(sessions.complete_event >= 0)
    carts = sessions.carts.take(rows)
    in_cart = np.arange(MAX_BASKET) < carts.size[:, None]
    return _make_baskets(
        world,
        day,
        sessions.number[rows],
        sessions.instant[sessions.begin_event[rows]],
        carts.customer,
        carts.size,
        carts.product[in_cart],
        carts.quantity[in_cart],
    )


def _draw_marketplace(world: World, day: date, first_number: int) -> Baskets:
    """What customers want from the marketplace, numbered from a given number on."""
    draws = get_draws(world, "ecommerce")
    ordinal = day.toordinal()
    expected = DAILY_ORDERS * MARKETPLACE_SHARE * world.scale * get_volume_factor(day)
    row = np.arange(draw_count(draws, "marketplace", expected, ordinal), dtype=np.int64)
    customer = draws.below("customer", row, len(CUSTOMER_IDS), ordinal)
    low = BASKET_LOW[CUSTOMER_SEGMENTS[customer]]
    high = BASKET_HIGH[CUSTOMER_SEGMENTS[customer]]
    size = low + draws.below("basket", row, high - low + 1, ordinal)
    starts = np.cumsum(size) - size
    line = np.arange(int(size.sum())) + np.repeat(row * MAX_BASKET - starts, size)
    instant = get_start(day) + draws.choice("hour", row, _HOUR_TABLE, ordinal) * HOUR_MS
    instant += draws.below("within hour", row, HOUR_MS, ordinal)
    instant = np.clip(instant, get_start(day) + MINUTE_MS, get_night(day) - MINUTE_MS)
    return _make_baskets(
        world,
        day,
        first_number + row,
        instant,
        customer,
        size,
        draws.choice("product", line, popularity_table(), ordinal),
        draws.choice("quantity", line, QUANTITY_TABLE, ordinal) + 1,
    )


def draw_orders(world: World, day: date, sessions: Sessions) -> Baskets:
    """What is to be ordered on a day, by the time at which it is taken from the stock."""
    baskets = concatenate(
        [
            _take_from_sessions(world, day, sessions),
            _draw_marketplace(world, day, len(sessions.number) + 1),
        ]
    )
    return baskets.take(order_by_time(baskets.taken_at))


def make_orders(world: World, day: date, sessions: Sessions, served: Baskets) -> Orders:
    """The orders of a day: what was served of the baskets to be ordered."""
    draws = get_draws(world, "ecommerce")
    ordinal = day.toordinal()
    has_session = served.number <= len(sessions.number)
    # Sessions are numbered from 1, but stand in another order.
    position = np.zeros(len(sessions.number) + 1, dtype=np.int64)
    position[sessions.number] = np.arange(len(sessions.number))
    session = position[np.where(has_session, served.number, 0)]
    placed_at = served.taken_at.copy()
    channel = np.full(len(served.number), len(CHANNEL_CODES))
    if has_session.any():
        complete = sessions.complete_event[session]
        placed_at = np.where(has_session, sessions.instant[complete], placed_at)
        channel = np.where(has_session, sessions.carts.channel[session], channel)

    by_time = order_by_time(placed_at)
    baskets = served.take(by_time)
    code = draws.below("promo code", baskets.number, _CODES[baskets.segment], ordinal)
    has_promo = draws.uniform("promo", baskets.number, ordinal) < PROMO_SHARE
    return Orders(
        baskets,
        placed_at[by_time],
        channel[by_time],
        has_session[by_time],
        get_home_cities(day)[baskets.customer].astype(np.int64),
        draws.choice("shipping", baskets.number, _SHIPPING_TABLE, ordinal),
        draws.choice("payment", baskets.number, _PAYMENT_TABLE, ordinal),
        np.where(has_promo, _FIRST_CODE[baskets.segment] + code, -1),
    )
