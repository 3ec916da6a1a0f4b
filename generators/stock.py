"""Stock: how much is where, and the night run that looks after it.

Every store and warehouse keeps its goods between two levels: what is down to the reorder level `s`
or below in the evening is ordered up to the level `S` from the distribution centre, which in turn
orders from vendors. The levels follow a forecast of the week's demand that is wrong by more or less
for each product and place, so some run short.

On Sunday night everything is brought to exactly its level `S` of the coming week: what is missing
is ordered, what is too much goes back. So the stock of Monday morning is known without the past,
and a day needs no more than the days of its week before it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from generators.baskets import (
    MEAN_QUANTITY,
    PRODUCT_COUNT,
    QUANTITY_WEIGHTS,
    popularity_table,
)
from generators.business_day import Ints, get_draws
from generators.master_data import (
    CITIES,
    SEGMENTS,
    STORES,
    WAREHOUSES,
    get_home_cities,
    get_store_volume,
    get_volume_factor,
)
from generators.orders import DAILY_ORDERS
from generators.pos import DAILY_TRANSACTIONS, get_shopper_level, get_shopper_units
from generators.randomness import QUANTILES, log_normal_table, weighted_table
from generators.world import World

PLACES = len(STORES) + len(WAREHOUSES)
"""The first locations sell; the distribution centre comes after them."""

CENTRE = PLACES

REORDER_DAYS = 0.8
"""Days of expected demand in the reorder level, beside the safety stock."""

SAFETY_FACTOR = 1.9
"""Safety stock in standard deviations of a day's demand."""

COVER_DAYS = 1.5
"""Days of expected demand from the reorder level to the order-up-to level."""

LEAST_ORDER = 2
"""The fewest pieces from the reorder level to the order-up-to level."""

FORECAST_SIGMA = 0.65
"""Spread of the logarithm of the forecast's error."""

CENTRE_REORDER_DAYS = 3
CENTRE_TARGET_DAYS = 6
"""Levels of the distribution centre in days of expected demand of a plain day."""

ADJUSTED_SHARE = 0.003
"""Share of the products at a place whose count is corrected in a night."""

ADJUSTMENT_WEIGHTS: dict[str, int] = {"CYCLE_COUNT": 40, "DAMAGE": 25, "SHRINKAGE": 20, "FOUND": 15}

SUNDAY = 6

_REASON_TABLE = weighted_table(list(ADJUSTMENT_WEIGHTS.values()))
_MORE_SHARE = np.array([0.5, 0.0, 0.0, 1.0])  # share of counts that find more, by reason


@dataclass(frozen=True, slots=True)
class Levels:
    """Reorder level `s` and order-up-to level `S`: tables of locations by products."""

    reorder: Ints
    target: Ints


@cache
def _order_units() -> float:
    """Mean number of pieces in an order, if all segments order equally often."""
    return MEAN_QUANTITY * sum(
        segment.customer_share * sum(segment.basket_size) / 2 for segment in SEGMENTS
    )


@cache
def _product_shares() -> NDArray[np.float64]:
    table = popularity_table()
    return np.bincount(table, minlength=PRODUCT_COUNT) / len(table)


def _expected_demand(world: World, day: date) -> NDArray[np.float64]:
    """Mean number of pieces of each product that are wanted at each place on a day."""
    shoppers = get_shopper_level(day)
    orders = DAILY_ORDERS * get_volume_factor(day)
    volumes = np.array([get_store_volume(store) for store in STORES])
    nearest = np.array([city.nearest_warehouse for city in CITIES])[get_home_cities(day)]
    customers = np.bincount(nearest, minlength=len(WAREHOUSES))
    at_stores = shoppers * get_shopper_units() * volumes / volumes.sum()
    at_warehouses = orders * _order_units() * customers / customers.sum()
    pieces = np.concatenate([at_stores, at_warehouses]) * world.scale
    demand: NDArray[np.float64] = np.outer(pieces, _product_shares())
    return demand


@cache
def _forecast_errors() -> Ints:
    """A forecast as a multiple of the demand, in 1/1,024."""
    return np.array([round(error) for error in log_normal_table(1024.0, FORECAST_SIGMA)])


@lru_cache(maxsize=8)
def get_levels(world: World, day: date) -> Levels:
    """The levels to which the stock of a day's morning has been brought."""
    draws = get_draws(world, "inventory")
    cells = np.arange(PLACES * PRODUCT_COUNT, dtype=np.int64)
    week = day.toordinal() - day.weekday()
    error = _forecast_errors()[draws.below("forecast", cells, QUANTILES, week)]
    forecast = _expected_demand(world, day) * (error / 1024).reshape(PLACES, PRODUCT_COUNT)
    squares = sum(weight * count**2 for count, weight in enumerate(QUANTITY_WEIGHTS, 1))
    variance = forecast * squares / sum(QUANTITY_WEIGHTS) / MEAN_QUANTITY
    reorder = np.floor(REORDER_DAYS * forecast + SAFETY_FACTOR * np.sqrt(variance))
    target = reorder + np.maximum(np.ceil(COVER_DAYS * forecast), LEAST_ORDER)
    plain_day = get_shopper_units() * DAILY_TRANSACTIONS + _order_units() * DAILY_ORDERS
    at_centre = plain_day * world.scale * _product_shares()
    return Levels(
        np.vstack([reorder, np.floor(CENTRE_REORDER_DAYS * at_centre)]).astype(np.int64),
        np.vstack([target, np.ceil(CENTRE_TARGET_DAYS * at_centre) + 1]).astype(np.int64),
    )


@dataclass(frozen=True, slots=True)
class Adjustments:
    """Counts corrected in the night run, one per row.

    Attributes:
        location: Index in LOCATIONS.
        product: Index in ACTIVE_PRODUCTS.
        quantity: Pieces, negative where there are fewer than thought; never 0.
        reason: Index in ADJUSTMENT_WEIGHTS.
    """

    location: Ints
    product: Ints
    quantity: Ints
    reason: Ints


def draw_adjustments(world: World, day: date, stock: Ints, first: int) -> Adjustments:
    """Adjustments of some products at locations, from `first` on, that hold the stock."""
    draws = get_draws(world, "inventory")
    ordinal = day.toordinal()
    cells = first * PRODUCT_COUNT + np.arange(stock.size, dtype=np.int64)
    chosen = np.flatnonzero(draws.uniform("adjusted", cells, ordinal) < ADJUSTED_SHARE)
    cell, held = cells[chosen], stock.ravel()[chosen]
    reason = draws.choice("reason", cell, _REASON_TABLE, ordinal)
    size = 1 + draws.below("pieces", cell, held // 20 + 1, ordinal)
    is_more = draws.uniform("direction", cell, ordinal) < _MORE_SHARE[reason]
    quantity = np.where(is_more, size, -np.minimum(size, held))
    changes = quantity != 0
    location, product = np.divmod(cell[changes], PRODUCT_COUNT)
    return Adjustments(location, product, quantity[changes], reason[changes])


@dataclass(frozen=True, slots=True)
class Night:
    """The night run of the stores and warehouses.

    Attributes:
        adjustments: Counts put right, before anything else.
        delivered: Pieces that come from the distribution centre: places by products.
        sent_back: Pieces that go back to it, on Sundays.
        stock: What can be sold on the next morning.
    """

    adjustments: Adjustments
    delivered: Ints
    sent_back: Ints
    stock: Ints


def run_night(world: World, day: date, stock: Ints) -> Night:
    """Look after what is left at the places in the evening, without returned goods."""
    adjustments = draw_adjustments(world, day, stock, 0)
    stock = stock.copy()
    np.add.at(stock, (adjustments.location, adjustments.product), adjustments.quantity)
    levels = get_levels(world, day + timedelta(days=1))
    reorder, target = levels.reorder[:PLACES], levels.target[:PLACES]
    missing = np.maximum(target - stock, 0)
    if day.weekday() == SUNDAY:
        return Night(adjustments, missing, np.maximum(stock - target, 0), target)
    delivered = np.where(stock <= reorder, missing, 0)
    return Night(adjustments, delivered, np.zeros_like(stock), stock + delivered)


@dataclass(frozen=True, slots=True)
class CentreNight:
    """The night run of the distribution centre, by product.

    Attributes:
        adjustments: Counts put right, before anything else.
        received: Pieces from vendors, before the deliveries leave.
        written_off: Pieces too many, on Sundays, after everything else.
        stock: What is there on the next morning.
    """

    adjustments: Adjustments
    received: Ints
    written_off: Ints
    stock: Ints


def run_centre_night(
    world: World, day: date, stock: Ints, brought: Ints, delivered: Ints
) -> CentreNight:
    """Look after the distribution centre, which gets goods and delivers goods."""
    adjustments = draw_adjustments(world, day, stock, CENTRE)
    left = stock + brought - delivered
    left[adjustments.product] += adjustments.quantity
    levels = get_levels(world, day + timedelta(days=1))
    reorder, target = levels.reorder[CENTRE], levels.target[CENTRE]
    missing = np.maximum(target - left, 0)
    if day.weekday() == SUNDAY:
        return CentreNight(adjustments, missing, np.maximum(left - target, 0), target)
    received = np.where(left <= reorder, missing, 0)
    return CentreNight(adjustments, received, np.zeros_like(left), left + received)
