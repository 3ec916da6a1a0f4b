"""What happens at the tills: sales, and returns of earlier sales.

What shoppers want is a pure function of the world, the day and their number; what they get is
settled with the stock (`simulation`). A sale decides itself whether it comes back, when, and with
which items; to make a day, the sales of the two weeks before it are asked.

The daily volume of the contract is that of all transactions, so the number of shoppers leaves room
for the returns that are to be expected.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Self

import numpy as np

from generators.baskets import (
    BASKET_HIGH,
    BASKET_LOW,
    MAX_BASKET,
    MEAN_QUANTITY,
    QUANTITY_TABLE,
    Baskets,
    concatenate,
    draw_discounts,
    popularity_table,
)
from generators.business_day import (
    HOUR_MS,
    Ints,
    draw_count,
    get_draws,
    get_openings,
    order_by_time,
)
from generators.master_data import (
    CLOSING_HOUR,
    CUSTOMER_IDS,
    CUSTOMER_SEGMENTS,
    GUEST_SEGMENT,
    OPENING_HOUR,
    PEAK_HOURS,
    SEGMENT_NAMES,
    SEGMENTS,
    STORES,
    Segment,
    get_home_stores,
    get_store_associates,
    get_store_registers,
    get_store_volume,
    get_volume_factor,
)
from generators.randomness import Draws, weighted_table
from generators.world import World

DAILY_TRANSACTIONS = 500
"""Transactions of a day at scale 1, before month and weekend."""

GUEST_SHARE = 0.3
"""Share of the sales to guests."""

HOME_STORE_SHARE = 0.8
"""Share of the sales to known customers that the store nearest to them makes."""

MAX_RETURN_DAYS = 14
"""A sale comes back 1 to this many days later."""

RETURNED_ITEM_SHARE = 0.6
"""Share of a returned sale's items that come back, beside the one that always does."""

DISAPPOINTED_SHARE = 0.012
"""Approximate share of the shoppers who find too little of what they want and buy nothing."""

PEAK_TRAFFIC = 1.8
"""Shoppers in a peak hour, as a multiple of those in another hour."""

PAYMENT_WEIGHTS: dict[str, int] = {
    "credit_card": 42,
    "debit_card": 26,
    "cash": 12,
    "apple_pay": 10,
    "google_pay": 6,
    "gift_card": 4,
}

ASSOCIATE_IDS: tuple[str, ...] = tuple(
    f"SA-{number:03d}" for number in range(1, sum(map(get_store_associates, STORES)) + 1)
)

_HOURS = range(OPENING_HOUR, CLOSING_HOUR)
_GUEST = len(CUSTOMER_IDS)

_STORE_TABLE = weighted_table([get_store_volume(store) for store in STORES])
_HOUR_TABLE = weighted_table([PEAK_TRAFFIC if hour in PEAK_HOURS else 1.0 for hour in _HOURS])
_PAYMENT_TABLE = weighted_table(list(PAYMENT_WEIGHTS.values()))

_REGISTERS = np.array([get_store_registers(store) for store in STORES])
_ASSOCIATES = np.array([get_store_associates(store) for store in STORES])
_FIRST_ASSOCIATE = np.cumsum(_ASSOCIATES) - _ASSOCIATES

_SEGMENT_OF = np.append(CUSTOMER_SEGMENTS, SEGMENT_NAMES.index(GUEST_SEGMENT))
_RETURN_RATE = np.array([segment.return_rate for segment in SEGMENTS])


@dataclass(frozen=True, slots=True)
class Transactions:
    """The transactions of a business day, by time.

    Attributes:
        baskets: What was bought or brought back, at which store (index in STORES) and when.
        sold_on: For a return, the day (proleptic ordinal) of its sale; 0 for a sale.
        sale_number: For a return, the number of its sale within that day; 0 for a sale.
        register: Number of the till, from 1.
        associate: Index in ASSOCIATE_IDS.
        payment: Index in PAYMENT_WEIGHTS.
    """

    baskets: Baskets
    sold_on: Ints
    sale_number: Ints
    register: Ints
    associate: Ints
    payment: Ints

    def slice(self, start: int, stop: int) -> Self:
        """The transactions from a position up to, but not including, another."""
        rows = slice(start, stop)
        return type(self)(
            self.baskets.slice(start, stop),
            self.sold_on[rows],
            self.sale_number[rows],
            self.register[rows],
            self.associate[rows],
            self.payment[rows],
        )


def _segment_share(segment: Segment) -> float:
    """Share of a segment in the shoppers."""
    guests = GUEST_SHARE if segment.name == GUEST_SEGMENT else 0.0
    return (1 - GUEST_SHARE) * segment.customer_share + guests


@cache
def _mean_return_rate() -> float:
    """Share of the sales that come back."""
    return sum(_segment_share(segment) * segment.return_rate for segment in SEGMENTS)


@cache
def get_shopper_units() -> float:
    """Mean number of pieces that a shopper wants."""
    return MEAN_QUANTITY * sum(
        _segment_share(segment) * sum(segment.basket_size) / 2 for segment in SEGMENTS
    )


@lru_cache(maxsize=64)
def get_shopper_level(day: date) -> float:
    """Shoppers of a day at scale 1: its volume less the returns, more those who buy nothing."""
    rate = _mean_return_rate()
    before = [
        get_volume_factor(day - timedelta(days=delay)) for delay in range(1, MAX_RETURN_DAYS + 1)
    ]
    returns = rate / (1 + rate) * sum(before) / len(before)
    return DAILY_TRANSACTIONS * (get_volume_factor(day) - returns) / (1 - DISAPPOINTED_SHARE)


def count_shoppers(world: World, day: date) -> int:
    """Number of people who want to buy something at a till on a day."""
    expected = get_shopper_level(day) * world.scale
    return draw_count(get_draws(world, "pos"), "sales count", expected, day.toordinal())


def draw_shoppers(world: World, day: date) -> Baskets:
    """What the shoppers at the tills want on a day."""
    draws = get_draws(world, "pos")
    ordinal = day.toordinal()
    row = np.arange(count_shoppers(world, day), dtype=np.int64)
    is_guest = draws.uniform("guest", row, ordinal) < GUEST_SHARE
    customer = draws.below("customer", row, len(CUSTOMER_IDS), ordinal)
    customer[is_guest] = _GUEST
    store = draws.choice("store", row, _STORE_TABLE, ordinal)
    goes_home = draws.uniform("home store", row, ordinal) < HOME_STORE_SHARE
    goes_home &= ~is_guest
    store[goes_home] = get_home_stores(day)[customer[goes_home]]
    instant = _draw_instants(draws, day, row, store)

    by_time = order_by_time(instant)
    row, customer, segment = row[by_time], customer[by_time], _SEGMENT_OF[customer[by_time]]
    low = BASKET_LOW[segment]
    size = low + draws.below("basket", row, BASKET_HIGH[segment] - low + 1, ordinal)
    starts = np.cumsum(size) - size
    line = np.arange(int(size.sum())) + np.repeat(row * MAX_BASKET - starts, size)
    product = draws.choice("product", line, popularity_table(), ordinal)
    wanted = draws.choice("quantity", line, QUANTITY_TABLE, ordinal) + 1
    discount, discount_type = draw_discounts(
        draws, day, line, np.repeat(segment, size), product, "segment"
    )
    return Baskets(
        number=row + 1,
        taken_at=instant[by_time],
        place=store[by_time],
        customer=customer,
        segment=segment,
        size=size,
        product=product,
        wanted=wanted,
        quantity=wanted,
        discount=discount,
        discount_type=discount_type,
    )


def _draw_instants(draws: Draws, day: date, row: Ints, store: Ints) -> Ints:
    """When the transactions of a day happen (ms since 1970, UTC)."""
    hour = draws.choice("hour", row, _HOUR_TABLE, day.toordinal())
    within = draws.below("within hour", row, HOUR_MS, day.toordinal())
    return get_openings(day)[store] + hour * HOUR_MS + within


def find_returns(world: World, day: date, sales: Baskets) -> tuple[Baskets, Ints]:
    """The part of a day's sales that comes back: the items, and each basket's delay in days."""
    draws = get_draws(world, "pos")
    ordinal = day.toordinal()
    comes_back = draws.uniform("return", sales.number, ordinal) < _RETURN_RATE[sales.segment]
    baskets = sales.take(np.flatnonzero(comes_back))
    owner, line_number = baskets.owner, baskets.line_number
    certain = draws.below("certain return", baskets.number, baskets.size, ordinal)
    counter = baskets.number[owner] * MAX_BASKET + line_number
    chance = draws.uniform("item return", counter, ordinal)
    returned = baskets.keep((chance < RETURNED_ITEM_SHARE) | (line_number == certain[owner]))
    delay = draws.below("return delay", returned.number, MAX_RETURN_DAYS, ordinal) + 1
    return returned, delay


def make_transactions(
    world: World, day: date, sales: Baskets, returns: Baskets, sold_on: Ints
) -> Transactions:
    """The transactions of a day: its sales, and the returns of sales of the days `sold_on`."""
    draws = get_draws(world, "pos")
    ordinal = day.toordinal()
    number = count_shoppers(world, day) + 1 + np.arange(len(sold_on), dtype=np.int64)
    instant = _draw_instants(draws, day, number - 1, returns.place)
    back = replace(returns, number=number, taken_at=instant, wanted=returns.quantity)
    baskets = concatenate([sales, back])
    by_time = order_by_time(baskets.taken_at)
    paid_on = np.concatenate([np.full(len(sales.number), ordinal), sold_on])
    paid_number = np.concatenate([sales.number, returns.number])
    is_return = np.arange(len(paid_on)) >= len(sales.number)
    row, store = baskets.number - 1, baskets.place
    register = draws.below("register", row, _REGISTERS[store], ordinal) + 1
    associate = _FIRST_ASSOCIATE[store] + draws.below("associate", row, _ASSOCIATES[store], ordinal)
    payment = draws.choice("payment", paid_number, _PAYMENT_TABLE, paid_on)
    return Transactions(
        baskets.take(by_time),
        np.where(is_return, paid_on, 0)[by_time],
        np.where(is_return, paid_number, 0)[by_time],
        register[by_time],
        associate[by_time],
        payment[by_time],
    )
