"""What shoppers want, at the tills and online, and what they get."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache, lru_cache
from typing import Self

import numpy as np

from generators.business_day import Flags, Ints
from generators.master_data import (
    ACTIVE_PRODUCTS,
    SEGMENT_NAMES,
    SEGMENTS,
    get_sale_period,
    get_segment_discount,
)
from generators.randomness import Draws, Table, weighted_table
from generators.segments import CLEARANCE_ABOVE

PRODUCT_COUNT = len(ACTIVE_PRODUCTS)

QUANTITY_WEIGHTS: tuple[int, ...] = (90, 8, 2)
"""Weights of 1, 2, … pieces of an item."""

DISCOUNT_TYPES: tuple[str, ...] = ("none", "segment", "promo", "sale", "clearance")

MAX_BASKET = max(segment.basket_size[1] for segment in SEGMENTS)

BASKET_LOW, BASKET_HIGH = np.array([segment.basket_size for segment in SEGMENTS]).T
"""Fewest and most line items of a basket, by segment."""

PRICE_CENTS = np.array([int(product.base_price * 100) for product in ACTIVE_PRODUCTS])

QUANTITY_TABLE = weighted_table(QUANTITY_WEIGHTS)

MEAN_QUANTITY = sum(quantity * weight for quantity, weight in enumerate(QUANTITY_WEIGHTS, 1)) / sum(
    QUANTITY_WEIGHTS
)

_DISCOUNT_PROBABILITY = np.array([segment.discount_probability for segment in SEGMENTS])


@dataclass(frozen=True, slots=True)
class Baskets:
    """Baskets of a day, in the order in which their goods are taken.

    Attributes:
        number: Number of each basket within its day and stream.
        taken_at: Instant (ms since 1970, UTC) at which the goods leave the stock.
        place: Where the goods come from (index in LOCATIONS).
        customer: Index in CUSTOMER_IDS; the number of customers for a guest.
        segment: Index in SEGMENTS.
        size: Number of line items, at least one; those of a basket stand together below.
        product: For each line item, the index in ACTIVE_PRODUCTS.
        wanted: Pieces that the shopper wants.
        quantity: Pieces that the shopper gets.
        discount: Cents per piece.
        discount_type: Index in DISCOUNT_TYPES.
    """

    number: Ints
    taken_at: Ints
    place: Ints
    customer: Ints
    segment: Ints
    size: Ints
    product: Ints
    wanted: Ints
    quantity: Ints
    discount: Ints
    discount_type: Ints

    @property
    def owner(self) -> Ints:
        """Position of each line item's basket."""
        return np.repeat(np.arange(len(self.size)), self.size)

    @property
    def line_number(self) -> Ints:
        """Position (from 0) of each line item in its basket."""
        starts = np.cumsum(self.size) - self.size
        return np.arange(len(self.product)) - np.repeat(starts, self.size)

    def take(self, positions: Ints) -> Self:
        """The baskets at the positions, in their order."""
        size = self.size[positions]
        shift = (np.cumsum(self.size) - self.size)[positions] - (np.cumsum(size) - size)
        line = np.arange(int(size.sum())) + np.repeat(shift, size)
        return type(self)(
            self.number[positions],
            self.taken_at[positions],
            self.place[positions],
            self.customer[positions],
            self.segment[positions],
            size,
            self.product[line],
            self.wanted[line],
            self.quantity[line],
            self.discount[line],
            self.discount_type[line],
        )

    def slice(self, start: int, stop: int) -> Self:
        """The baskets from a position up to, but not including, another."""
        first = int(self.size[:start].sum())
        lines = slice(first, first + int(self.size[start:stop].sum()))
        baskets = slice(start, stop)
        return type(self)(
            self.number[baskets],
            self.taken_at[baskets],
            self.place[baskets],
            self.customer[baskets],
            self.segment[baskets],
            self.size[baskets],
            self.product[lines],
            self.wanted[lines],
            self.quantity[lines],
            self.discount[lines],
            self.discount_type[lines],
        )

    def keep(self, lines: Flags) -> Self:
        """The chosen line items, in the baskets that are not empty without the others."""
        size = np.bincount(self.owner[lines], minlength=len(self.size))
        baskets = size > 0
        return type(self)(
            self.number[baskets],
            self.taken_at[baskets],
            self.place[baskets],
            self.customer[baskets],
            self.segment[baskets],
            size[baskets],
            self.product[lines],
            self.wanted[lines],
            self.quantity[lines],
            self.discount[lines],
            self.discount_type[lines],
        )


def concatenate(parts: Sequence[Baskets]) -> Baskets:
    """The parts' baskets, one part after the other."""
    return Baskets(
        *(
            np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(Baskets)
        )
    )


@dataclass(frozen=True, slots=True)
class LostDemand:
    """Demand that stock could not meet.

    Attributes:
        line_items: Line items that were cut or dropped.
        quantity: Pieces that were not served.
        sales_cents: What these are worth, in cents, before discounts.
    """

    line_items: int = 0
    quantity: int = 0
    sales_cents: int = 0


def serve(baskets: Baskets, stock: Ints) -> tuple[Baskets, LostDemand]:
    """What the shoppers get of the stock, a table of locations by products; and what they don't.

    In their order they take what they want, or the rest of it. Who is left with fewer line items
    than the segment's smallest basket buys nothing; what they had taken goes back on the shelf in
    the night, so nobody else gets it.
    """
    cell = baskets.place[baskets.owner] * PRODUCT_COUNT + baskets.product
    available = stock.ravel()
    demand = np.bincount(cell, baskets.wanted, minlength=available.size)
    quantity = baskets.wanted.copy()
    scarce = np.flatnonzero((demand > available)[cell])
    scarce = scarce[np.argsort(cell[scarce], kind="stable")]
    scarce_cell, scarce_wanted = cell[scarce], baskets.wanted[scarce]
    before = np.cumsum(scarce_wanted) - scarce_wanted
    is_first = np.diff(scarce_cell, prepend=-1) != 0
    before -= before[is_first][np.cumsum(is_first) - 1]
    quantity[scarce] = np.clip(available[scarce_cell] - before, 0, scarce_wanted)

    left = np.bincount(baskets.owner[quantity > 0], minlength=len(baskets.size))
    gives_up = left < BASKET_LOW[baskets.segment]
    quantity[gives_up[baskets.owner]] = 0
    missing = baskets.wanted - quantity
    lost = LostDemand(
        int(np.count_nonzero(missing)),
        int(missing.sum()),
        int((missing * PRICE_CENTS[baskets.product]).sum()),
    )
    return replace(baskets, quantity=quantity).keep(quantity > 0), lost


@cache
def popularity_table() -> Table:
    """Products by popularity, which follows Zipf's law with a flattened top."""
    products = np.arange(PRODUCT_COUNT, dtype=np.int64)
    rank = np.argsort(Draws("master", "popularity").bits("rank", products), kind="stable")
    return weighted_table((1.0 / (rank + 4.0)).tolist())


@lru_cache(maxsize=2)
def _discount_bounds(month: int) -> tuple[Ints, Ints]:
    """Lowest and highest discount in 1/10,000 of the price, by segment, in a month (1-12)."""
    discounts = [get_segment_discount(name, date(2000, month, 1)) for name in SEGMENT_NAMES]
    low = [round(discount.low * 10_000) for discount in discounts]
    high = [round(discount.high * 10_000) for discount in discounts]
    return np.array(low), np.array(high)


def draw_discounts(
    draws: Draws, day: date, line: Ints, segment: Ints, product: Ints, usual: str
) -> tuple[Ints, Ints]:
    """Discount (cents per piece) and its type (index in DISCOUNT_TYPES) of line items.

    `line` holds their numbers within the day, `usual` is the type of a discount that is neither of
    a sale period nor a clearance.
    """
    ordinal = day.toordinal()
    price = PRICE_CENTS[product]
    lowest, highest = _discount_bounds(day.month)
    low_cents = np.maximum(-(-price * lowest[segment] // 10_000), 1)
    high_cents = price * highest[segment] // 10_000
    is_discounted = draws.uniform("discounted", line, ordinal) < _DISCOUNT_PROBABILITY[segment]
    depth = draws.below("discount", line, high_cents - low_cents + 1, ordinal)
    discount = np.where(is_discounted, low_cents + depth, 0)
    if get_sale_period(day):
        kind = np.where(is_discounted, DISCOUNT_TYPES.index("sale"), 0)
    else:
        is_clearance = discount * 100 > price * round(CLEARANCE_ABOVE * 100)
        kind = np.where(is_clearance, DISCOUNT_TYPES.index("clearance"), 0)
        kind[is_discounted & ~is_clearance] = DISCOUNT_TYPES.index(usual)
    return discount, kind
