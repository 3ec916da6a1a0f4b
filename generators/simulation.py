"""A day of the world: what shoppers want, what they get, and what follows from it for the stock.

A day is simulated once; the four event streams are views of it. What it needs of other days:

- the stock of its morning: that of Monday is known without the past (`stock`), so the days of its
  week before it are simulated;
- the sales that come back on it: those of the two weeks before, of whose days the same holds;
- the carts that are recovered on it: the sessions of the six days before, which need no stock;
- for the distribution centre, the returns of the days of the week before it.

The little that later days ask of a day is kept for a while, so that going through days in their
order simulates each once; a day made alone simulates the three weeks before it, and is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from generators.baskets import PRODUCT_COUNT, Baskets, concatenate, serve
from generators.baskets import LostDemand as LostDemand
from generators.business_day import Ints
from generators.funnel import MAX_RECOVERY_DAYS
from generators.inventory import Movements, count_returned, make_movements
from generators.orders import Orders, draw_orders, make_orders
from generators.pos import (
    MAX_RETURN_DAYS,
    Transactions,
    draw_shoppers,
    find_returns,
    make_transactions,
)
from generators.sessions import (
    Carts,
    Clicks,
    Sessions,
    concatenate_carts,
    concatenate_sessions,
    draw_sessions,
    find_recoverable,
    recover,
    settle_checkouts,
)
from generators.stock import (
    CENTRE,
    PLACES,
    CentreNight,
    Night,
    get_levels,
    run_centre_night,
    run_night,
)
from generators.world import World

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Trade:
    """What is sold on a day, and how the shops are restocked after it.

    Attributes:
        till_sales: What the shoppers at the tills get.
        sessions: All sessions, as they would go if everything were in stock.
        order_sales: What is ordered and served.
        night: The night run of stores and warehouses.
        lost: Demand that stock could not meet, by stream.
    """

    till_sales: Baskets
    sessions: Sessions
    order_sales: Baskets
    night: Night
    lost: Mapping[str, LostDemand]


@dataclass(frozen=True, slots=True)
class _Carried:
    """What later days need from a day.

    Attributes:
        stock: Stock of stores and warehouses on the next morning: places by products.
        delivered: Pieces of each product that left the distribution centre in the night.
        sent_back: Pieces of each product that came back to it, without customers' returns.
        returns: Till sales that come back: the items that do.
        return_delay: After how many days each does.
        lost: Demand that stock could not meet, by stream.
    """

    stock: Ints
    delivered: Ints
    sent_back: Ints
    returns: Baskets
    return_delay: Ints
    lost: Mapping[str, LostDemand]


@dataclass(frozen=True, slots=True)
class Day:
    """A simulated day: the four streams as columns."""

    transactions: Transactions
    clicks: Clicks
    orders: Orders
    movements: Movements


def _days_before(day: date, count: int) -> list[date]:
    return [day - timedelta(days=back) for back in range(count, 0, -1)]


@lru_cache(maxsize=1)
def _own_sessions(world: World, day: date) -> Sessions:
    return draw_sessions(world, day)


@lru_cache(maxsize=8)
def _recoverable(world: World, day: date) -> tuple[Carts, Ints]:
    """The carts of a day that will be recovered, and after how many days each is."""
    return find_recoverable(world, day, _own_sessions(world, day))


def _all_sessions(world: World, day: date) -> Sessions:
    """The sessions of a day as their visitors want them."""
    carts = []
    for before in _days_before(day, MAX_RECOVERY_DAYS):
        recoverable, delay = _recoverable(world, before)
        carts.append(recoverable.take(delay == (day - before).days))
    own = _own_sessions(world, day)
    recovering = recover(world, day, concatenate_carts(carts), len(own.number) + 1)
    return concatenate_sessions(own, recovering)


@lru_cache(maxsize=1)
def _trade(world: World, day: date) -> _Trade:
    sessions = _all_sessions(world, day)
    _recoverable(world, day)  # while the sessions are in memory
    stock = get_place_stock(world, day)
    till_sales, lost_at_tills = serve(draw_shoppers(world, day), stock)
    order_sales, lost_orders = serve(draw_orders(world, day, sessions), stock)
    cell = np.concatenate(
        [
            sales.place[sales.owner] * PRODUCT_COUNT + sales.product
            for sales in (till_sales, order_sales)
        ]
    )
    pieces = np.concatenate([till_sales.quantity, order_sales.quantity])
    sold = np.bincount(cell, pieces, minlength=stock.size).astype(np.int64).reshape(stock.shape)
    return _Trade(
        till_sales,
        sessions,
        order_sales,
        run_night(world, day, stock - sold),
        {"pos": lost_at_tills, "ecommerce": lost_orders},
    )


@lru_cache(maxsize=24)
def _carried(world: World, day: date) -> _Carried:
    trade = _trade(world, day)
    returns, delay = find_returns(world, day, trade.till_sales)
    return _Carried(
        trade.night.stock,
        trade.night.delivered.sum(axis=0),
        trade.night.sent_back.sum(axis=0),
        returns,
        delay,
        trade.lost,
    )


def get_place_stock(world: World, day: date) -> Ints:
    """Stock of stores and warehouses on the morning of a day: places by products."""
    if day.weekday() == 0:
        return get_levels(world, day).target[:PLACES]
    return _carried(world, day - ONE_DAY).stock


@lru_cache(maxsize=1)
def _transactions(world: World, day: date) -> Transactions:
    returns, sold_on = [], []
    for before in _days_before(day, MAX_RETURN_DAYS):
        carried = _carried(world, before)
        due = carried.returns.take(np.flatnonzero(carried.return_delay == (day - before).days))
        returns.append(due)
        sold_on.append(np.full(len(due.number), before.toordinal()))
    sales = _trade(world, day).till_sales
    return make_transactions(world, day, sales, concatenate(returns), np.concatenate(sold_on))


@lru_cache(maxsize=2)
def _returned(world: World, day: date) -> Ints:
    """Pieces that customers bring back on a day: places by products."""
    return count_returned(_transactions(world, day), PLACES)


@lru_cache(maxsize=2)
def _centre_night(world: World, day: date) -> CentreNight:
    stock = get_centre_stock(world, day)
    returned = _returned(world, day)
    carried = _carried(world, day)
    brought = returned.sum(axis=0) + carried.sent_back
    return run_centre_night(world, day, stock, brought, carried.delivered)


def get_centre_stock(world: World, day: date) -> Ints:
    """Stock of the distribution centre on the morning of a day, by product."""
    if day.weekday() == 0:
        target: Ints = get_levels(world, day).target[CENTRE]
        return target
    return _centre_night(world, day - ONE_DAY).stock


def get_opening_stock(world: World, day: date) -> Ints:
    """Stock of all locations on the morning of a day: locations by products."""
    stock: Ints = np.vstack([get_place_stock(world, day), get_centre_stock(world, day)])
    return stock


@lru_cache(maxsize=1)
def simulate_day(world: World, day: date) -> Day:
    """Simulate a business day."""
    centre_night = _centre_night(world, day)
    transactions = _transactions(world, day)
    trade = _trade(world, day)
    orders = make_orders(world, day, trade.sessions, trade.order_sales)
    movements = make_movements(
        world, day, transactions, orders, _returned(world, day), trade.night, centre_night
    )
    clicks = settle_checkouts(world, day, trade.sessions, trade.order_sales)
    return Day(transactions, clicks, orders, movements)


def lost_demand(world: World, day: date) -> Mapping[str, LostDemand]:
    """Demand of a day that stock could not meet, by stream (pos, ecommerce)."""
    return _carried(world, day).lost


def forget() -> None:
    """Forget the days that are kept."""
    for kept in (
        _own_sessions,
        _recoverable,
        _trade,
        _carried,
        _transactions,
        _returned,
        _centre_night,
        simulate_day,
    ):
        kept.cache_clear()
