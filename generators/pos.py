"""What happens at the tills: sales, and returns of earlier sales.

A day is simulated as two frames, one row a transaction and one row a line item. A transaction is a
pure function of the world, its day and its row number, so any day can be made alone.

A sale decides itself whether it comes back, when, and with which items. To make a day, the sales of
the 30 days before it are asked which of them come back on that day; those rows alone are made
again. A sale can come back on one day only: that of its row number's place in a cycle of 30 rows,
which says nothing about the sale, as the rows of a day are in no order.

The daily volume of the contract is that of all transactions, so the number of sales leaves room for
the returns that are to be expected.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from generators.master_data import (
    ACTIVE_PRODUCTS,
    CLOSING_HOUR,
    CUSTOMER_IDS,
    CUSTOMER_SEGMENTS,
    GUEST_SEGMENT,
    OPENING_HOUR,
    PEAK_HOURS,
    SEGMENT_NAMES,
    SEGMENTS,
    STORE_IDS,
    STORES,
    get_home_stores,
    get_sale_period,
    get_segment_discount,
    get_store_associates,
    get_store_registers,
    get_store_volume,
    get_volume_factor,
)
from generators.randomness import Draws, weighted_table
from generators.segments import CLEARANCE_ABOVE
from generators.world import World

Ints = NDArray[np.int64]

DAILY_TRANSACTIONS = 500
"""Transactions of a day at scale 1, before month and weekend."""

GUEST_SHARE = 0.3
"""Share of the sales to people who are not known by name."""

HOME_STORE_SHARE = 0.8
"""Share of the sales to known customers that the store nearest to them makes."""

MAX_RETURN_DAYS = 30
"""A sale comes back 1 to this many days later."""

RETURNED_ITEM_SHARE = 0.6
"""Share of a returned sale's items that come back, beside the one that surely does."""

SHORT_ITEM_SHARE = 0.02
"""Share of the items of which the shopper wanted one more than was there."""

PEAK_TRAFFIC = 1.8
"""Shoppers in a peak hour, times those in another."""

PAYMENT_WEIGHTS: dict[str, int] = {
    "credit_card": 42,
    "debit_card": 26,
    "cash": 12,
    "apple_pay": 10,
    "google_pay": 6,
    "gift_card": 4,
}

QUANTITY_WEIGHTS: tuple[int, ...] = (90, 8, 2)
"""Weights of 1, 2, … pieces of an item."""

DISCOUNT_TYPES: tuple[str, ...] = ("none", "segment", "sale", "clearance")

ASSOCIATE_IDS: tuple[str, ...] = tuple(
    f"SA-{number:03d}" for number in range(1, sum(map(get_store_associates, STORES)) + 1)
)

_MAX_BASKET = max(segment.basket_size[1] for segment in SEGMENTS)
_HOUR_MS = 3_600_000
_HOURS = range(OPENING_HOUR, CLOSING_HOUR)
_GUEST = len(CUSTOMER_IDS)

_STORE_TABLE = weighted_table([get_store_volume(store) for store in STORES])
_HOUR_TABLE = weighted_table([PEAK_TRAFFIC if hour in PEAK_HOURS else 1.0 for hour in _HOURS])
_PAYMENT_TABLE = weighted_table(list(PAYMENT_WEIGHTS.values()))
_QUANTITY_TABLE = weighted_table(QUANTITY_WEIGHTS)

_REGISTERS = np.array([get_store_registers(store) for store in STORES])
_ASSOCIATES = np.array([get_store_associates(store) for store in STORES])
_FIRST_ASSOCIATE = np.cumsum(_ASSOCIATES) - _ASSOCIATES

_SEGMENT_OF = np.append(CUSTOMER_SEGMENTS, SEGMENT_NAMES.index(GUEST_SEGMENT))
_RETURN_RATE = np.array([segment.return_rate for segment in SEGMENTS])
_BASKET_LOW, _BASKET_HIGH = np.array([segment.basket_size for segment in SEGMENTS]).T
_DISCOUNT_PROBABILITY = np.array([segment.discount_probability for segment in SEGMENTS])

_PRICE_CENTS = np.array([int(product.base_price * 100) for product in ACTIVE_PRODUCTS])

CATEGORIES: dict[str, tuple[str, ...]] = {
    "store_id": STORE_IDS,
    "customer_id": CUSTOMER_IDS,
    "customer_segment": SEGMENT_NAMES,
    "payment_method": tuple(PAYMENT_WEIGHTS),
    "associate_id": ASSOCIATE_IDS,
    "sku": tuple(product.sku for product in ACTIVE_PRODUCTS),
    "discount_type": DISCOUNT_TYPES,
}
"""The values of the enum columns, in the order of their codes."""


@dataclass(frozen=True, slots=True)
class PosDay:
    """The transactions of a business day (in the stores' own time), by time.

    Attributes:
        transactions: One row a transaction: number (from 1, within the day), sold_at (UTC, to the
            millisecond), store_id, register_id, customer_id (null for a guest), customer_segment,
            payment_method, associate_id, line_count, and for a return (else null) original_day and
            original_number of its sale.
        lines: One row a line item, those of a transaction together, in the transactions' order:
            sku, qty, qty_requested, price_cents, discount_cents (a unit), discount_type.
    """

    world: World
    day: date
    transactions: pl.DataFrame
    lines: pl.DataFrame


@cache
def _values(column: str) -> pl.Series:
    """The values of an enum column and, after the last of them, null."""
    values = CATEGORIES[column]
    return pl.Series(column, [*values, None], dtype=pl.Enum(values))


@cache
def _mean_return_rate() -> float:
    """Share of all sales that come back."""
    known = sum(segment.customer_share * segment.return_rate for segment in SEGMENTS)
    guests = _RETURN_RATE[SEGMENT_NAMES.index(GUEST_SEGMENT)]
    return float((1 - GUEST_SHARE) * known + GUEST_SHARE * guests)


@lru_cache(maxsize=128)
def _sales_level(ordinal: int) -> float:
    """Sales of a day in multiples of the daily base: its volume less the returns to be expected."""
    rate = _mean_return_rate()
    before = [
        get_volume_factor(date.fromordinal(ordinal - delay))
        for delay in range(1, MAX_RETURN_DAYS + 1)
    ]
    returns = rate / (1 + rate) * sum(before) / len(before)
    return get_volume_factor(date.fromordinal(ordinal)) - returns


@lru_cache(maxsize=128)
def _sales_count(world: World, ordinal: int) -> int:
    """Number of sales of a day; the fraction of a sale becomes the chance of one more."""
    chance = _draws(world).uniform("sales count", np.zeros(1, dtype=np.int64), ordinal)
    return int(_sales_level(ordinal) * DAILY_TRANSACTIONS * world.scale + chance[0])


@lru_cache(maxsize=16)
def _draws(world: World) -> Draws:
    return Draws(world.seed, float(world.scale), "pos")


@cache
def _product_table() -> NDArray[np.uint16]:
    """Products by popularity, which follows Zipf's law with a flattened top."""
    products = np.arange(len(ACTIVE_PRODUCTS), dtype=np.int64)
    rank = np.argsort(Draws("master", "popularity").bits("rank", products), kind="stable")
    return weighted_table((1.0 / (rank + 4.0)).tolist())


@cache
def _discount_bounds() -> tuple[Ints, Ints]:
    """Lowest and highest discount in 1/10,000 of the price, by month (from 0) and segment."""
    discounts = [
        [get_segment_discount(name, date(2000, month, 1)) for name in SEGMENT_NAMES]
        for month in range(1, 13)
    ]
    low = [[round(discount.low * 10_000) for discount in month] for month in discounts]
    high = [[round(discount.high * 10_000) for discount in month] for month in discounts]
    return np.array(low), np.array(high)


def _opening_times(day: date) -> Ints:
    """Instant (ms since 1970, UTC) at which each store opens on a day, as STORES are ordered."""
    opening = pl.Series([datetime.combine(day, time(OPENING_HOUR))], dtype=pl.Datetime("ms"))
    instants = {
        zone: opening.dt.replace_time_zone(zone).to_physical()[0]
        for zone in {store.timezone for store in STORES}
    }
    return np.array([instants[store.timezone] for store in STORES])


def _shoppers(draws: Draws, day: Ints, row: Ints) -> tuple[Ints, Ints]:
    """Customer (index in CUSTOMER_IDS, or _GUEST) and segment (index) of each sale."""
    is_guest = draws.uniform("guest", row, day) < GUEST_SHARE
    customer = np.where(is_guest, _GUEST, draws.below("customer", row, len(CUSTOMER_IDS), day))
    return customer, _SEGMENT_OF[customer]


def _window(last: date) -> list[date]:
    """A day after all the days whose sales can come back on it."""
    return [last - timedelta(days=back) for back in range(MAX_RETURN_DAYS, -1, -1)]


def _stores(draws: Draws, window: list[date], day: Ints, row: Ints, customer: Ints) -> Ints:
    """Store (index in STORES) of each sale: known customers prefer the one nearest to them."""
    homes = np.array([get_home_stores(window_day) for window_day in window])
    goes_home = draws.uniform("home store", row, day) < HOME_STORE_SHARE
    goes_home &= customer != _GUEST
    store = draws.choice("store", row, _STORE_TABLE, day)
    store[goes_home] = homes[day[goes_home] - window[0].toordinal(), customer[goes_home]]
    return store


def _returned_sales(world: World, ordinal: int) -> tuple[Ints, Ints]:
    """Day and row of the sales that come back on a day."""
    draws = _draws(world)
    days, rows = [], []
    for delay in range(1, MAX_RETURN_DAYS + 1):
        sold_on = ordinal - delay
        shift = int(
            draws.below("return cycle", np.zeros(1, dtype=np.int64), MAX_RETURN_DAYS, sold_on)[0]
        )
        first = (delay - 1 - shift) % MAX_RETURN_DAYS
        due = np.arange(first, _sales_count(world, sold_on), MAX_RETURN_DAYS, dtype=np.int64)
        rows.append(due)
        days.append(np.full(len(due), sold_on))
    day, row = np.concatenate(days), np.concatenate(rows)
    _, segment = _shoppers(draws, day, row)
    comes_back = draws.uniform("return", row, day) < _RETURN_RATE[segment]
    return day[comes_back], row[comes_back]


def _baskets(
    draws: Draws,
    window: list[date],
    day: Ints,
    row: Ints,
    segment: Ints,
    is_return: NDArray[np.bool_],
) -> tuple[pl.DataFrame, Ints]:
    """Line items of the sales (day, row), or of them what comes back; and their number."""
    low = _BASKET_LOW[segment]
    size = low + draws.below("basket", row, _BASKET_HIGH[segment] - low + 1, day)
    owner = np.repeat(np.arange(len(row)), size)
    position = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
    if is_return.any():
        keeper = draws.below("certain return", row, size, day)
        stays = ~is_return[owner] | (position == keeper[owner])
        maybe = np.flatnonzero(~stays)
        counter = row[owner[maybe]] * _MAX_BASKET + position[maybe]
        chance = draws.uniform("item return", counter, day[owner[maybe]])
        stays[maybe] = chance < RETURNED_ITEM_SHARE
        owner, position = owner[stays], position[stays]
        size = np.bincount(owner, minlength=len(row))

    line = row[owner] * _MAX_BASKET + position
    line_day = day[owner]
    line_segment = segment[owner]
    product = draws.choice("product", line, _product_table(), line_day)
    quantity = draws.choice("quantity", line, _QUANTITY_TABLE, line_day) + 1
    is_short = draws.uniform("short", line, line_day) < SHORT_ITEM_SHARE
    price = _PRICE_CENTS[product]
    window_day = line_day - window[0].toordinal()
    month = np.array([calendar_day.month - 1 for calendar_day in window])[window_day]
    in_sale = np.array([get_sale_period(calendar_day) is not None for calendar_day in window])
    lowest, highest = (bound[month, line_segment] for bound in _discount_bounds())
    low_cents = np.maximum(-(-price * lowest // 10_000), 1)
    high_cents = price * highest // 10_000
    is_discounted = (
        draws.uniform("discounted", line, line_day) < _DISCOUNT_PROBABILITY[line_segment]
    )
    depth = draws.below("discount", line, high_cents - low_cents + 1, line_day)
    discount = np.where(is_discounted, low_cents + depth, 0)
    is_clearance = discount * 100 > price * round(CLEARANCE_ABOVE * 100)
    discount_type = np.select(
        [discount == 0, in_sale[window_day], is_clearance],
        [DISCOUNT_TYPES.index(name) for name in ("none", "sale", "clearance")],
        DISCOUNT_TYPES.index("segment"),
    )
    lines = pl.DataFrame(
        {
            "sku": _values("sku").gather(product),
            "qty": quantity,
            "qty_requested": quantity + (is_short & ~is_return[owner]),
            "price_cents": price,
            "discount_cents": discount,
            "discount_type": _values("discount_type").gather(discount_type),
        }
    )
    return lines, size


def simulate_day(world: World, day: date) -> PosDay:
    """Simulate the sales and returns of a business day.

    At scale 1 a day has some 500 transactions and 1,200 line items; memory grows with the scale, to
    some 0.7 GB for a process at scale 1,000 in December.
    """
    draws = _draws(world)
    window = _window(day)
    ordinal = day.toordinal()
    sales = _sales_count(world, ordinal)
    returned_day, returned_row = _returned_sales(world, ordinal)
    row = np.arange(sales + len(returned_row), dtype=np.int64)
    sale_day = np.concatenate([np.full(sales, ordinal), returned_day])
    sale_row = np.concatenate([row[:sales], returned_row])
    customer, segment = _shoppers(draws, sale_day, sale_row)
    store = _stores(draws, window, sale_day, sale_row, customer)
    hour = draws.choice("hour", row, _HOUR_TABLE, ordinal)
    instant = _opening_times(day)[store] + hour * _HOUR_MS
    instant += draws.below("within hour", row, _HOUR_MS, ordinal)

    by_time = np.argsort(instant, kind="stable")
    row, sale_day, sale_row = row[by_time], sale_day[by_time], sale_row[by_time]
    customer, segment, store = customer[by_time], segment[by_time], store[by_time]
    is_return = row >= sales
    lines, line_count = _baskets(draws, window, sale_day, sale_row, segment, is_return)
    register = draws.below("register", row, _REGISTERS[store], ordinal) + 1
    associate = _FIRST_ASSOCIATE[store] + draws.below("associate", row, _ASSOCIATES[store], ordinal)
    payment = draws.choice("payment", sale_row, _PAYMENT_TABLE, sale_day)
    unix_day = pl.Series(sale_day - date(1970, 1, 1).toordinal()).cast(pl.Int32).cast(pl.Date)
    transactions = pl.DataFrame(
        {
            "number": row + 1,
            "sold_at": pl.Series(instant[by_time]).cast(pl.Datetime("ms", "UTC")),
            "store_id": _values("store_id").gather(store),
            "register_id": register,
            "customer_id": _values("customer_id").gather(customer),
            "customer_segment": _values("customer_segment").gather(segment),
            "payment_method": _values("payment_method").gather(payment),
            "associate_id": _values("associate_id").gather(associate),
            "line_count": line_count,
            "original_day": unix_day,
            "original_number": sale_row + 1,
            "is_return": is_return,
        }
    )
    originals = pl.when("is_return").then(pl.col("original_day", "original_number"))
    return PosDay(world, day, transactions.with_columns(originals).drop("is_return"), lines)
