"""What visitors do on the website, in the apps and in the social shop.

The sessions of a day walk through the funnel together, so that a step costs a few array operations
for all of them. Nothing of it depends on the stock. A visitor who comes back for a cart left behind
on an earlier day starts with that cart and knows no doubts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Self

import numpy as np
from numpy.typing import NDArray

from generators.baskets import (
    BASKET_HIGH,
    BASKET_LOW,
    MAX_BASKET,
    PRICE_CENTS,
    QUANTITY_WEIGHTS,
    Baskets,
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
from generators.funnel import (
    ADD,
    BEGIN,
    BROWSERS,
    CHANNEL_CODES,
    CHANNEL_WEIGHTS,
    COMPLETE,
    DAILY_SESSIONS,
    END,
    HOUR_WEIGHTS,
    LOGGED_IN_SHARE,
    MAX_RECOVERY_DAYS,
    MAX_STEPS,
    PAGE_VIEW,
    PAGES,
    PRODUCT_VIEW,
    RECOVERY_SHARE,
    REFERRERS,
    REMOVE,
    SEARCH,
    SEARCH_TERMS,
    STATES,
    VARIANTS,
    first_step_table,
    gap_table,
    patience_table,
    step_table,
)
from generators.master_data import (
    CUSTOMER_IDS,
    CUSTOMER_SEGMENTS,
    SESSION_CHANNELS,
    get_volume_factor,
)
from generators.randomness import QUANTILES, weighted_table
from generators.world import World

_CHANNEL_TABLE = weighted_table([CHANNEL_WEIGHTS[code] for code in CHANNEL_CODES])
_HOUR_TABLE = weighted_table(HOUR_WEIGHTS)
_QUANTITY_TABLE = weighted_table(QUANTITY_WEIGHTS, 1 << 10)
_SUBJECT_COUNTS = np.array([len(PAGES), 0, len(SEARCH_TERMS), 0, 0, 0, 0])
_BROWSER_TABLES = np.array(
    [weighted_table([*BROWSERS[code].values()], QUANTILES) for code in CHANNEL_CODES]
)
_REFERRER_TABLES = np.array(
    [weighted_table([*REFERRERS[code].values()], QUANTILES) for code in CHANNEL_CODES]
)
_LOGGED_IN = np.array([LOGGED_IN_SHARE[code] for code in CHANNEL_CODES])

_RECOVERY_STEPS = 24  # not reached once in a million


@dataclass(frozen=True, slots=True)
class Carts:
    """Carts and their customers, one row each.

    Attributes:
        customer: Index in CUSTOMER_IDS.
        channel: Index in SESSION_CHANNELS.
        size: Number of line items.
        product: Index in ACTIVE_PRODUCTS of each line item, in the first `size` of 8 columns.
        quantity: Pieces of each line item, in the same columns.
    """

    customer: Ints
    channel: Ints
    size: Ints
    product: Ints
    quantity: Ints

    def take(self, rows: Ints | Flags) -> Self:
        """Some of the carts."""
        return type(self)(
            self.customer[rows],
            self.channel[rows],
            self.size[rows],
            self.product[rows],
            self.quantity[rows],
        )


def concatenate_carts(parts: Sequence[Carts]) -> Carts:
    """The carts of all parts."""
    return Carts(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Carts))
    )


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions of a day, in no order.

    Attributes:
        number: Number of each session within the day, from 1.
        carts: What is in its cart at the end, and the customer.
        is_known: Whether the customer is known at the end.
        begin_event: Position of the last begin_checkout in the events; -1 without one.
        complete_event: Position of the complete_checkout; -1 without one.
        session: Of each event the position of its session.
        kind: Index in EVENT_TYPES.
        instant: When it happens (ms since 1970, UTC).
        subject: What it is about: index in PAGES of a page_view, in SEARCH_TERMS of a search, in
            ACTIVE_PRODUCTS of what is viewed, added or removed; 0 at the checkout.
        names_customer: Whether the customer is logged in.
        cart_items: Pieces in the cart after the event; -1 before there is a cart.
        cart_cents: What they are worth before discounts.
    """

    number: Ints
    carts: Carts
    is_known: Flags
    begin_event: Ints
    complete_event: Ints
    session: Ints
    kind: NDArray[np.uint8]
    instant: Ints
    subject: Ints
    names_customer: Flags
    cart_items: Ints
    cart_cents: Ints


def _walk(
    world: World,
    day: date,
    row: Ints,
    variant: Ints,
    patience: Ints,
    target: Ints,
    first_step: Ints,
    is_known: Flags,
    carts: Carts,
) -> Sessions:
    """Walk sessions through the funnel, from their first step on; the most patient come first.

    All take their n-th step together. What does not affect the next one is made of the steps
    afterwards, for all sessions at once.
    """
    draws = get_draws(world, "clickstream")
    ordinal = day.toordinal()
    begin = np.cumsum(patience) - patience
    session = np.repeat(np.arange(len(row)), patience)
    step = np.arange(len(session)) - begin[session]
    bits = draws.bits("step", row[session] * MAX_STEPS + step, ordinal)
    chance = (bits & np.uint64(QUANTILES - 1)).astype(np.int32)
    number = (bits >> np.uint64(12) & np.uint64(0xFFFF)).astype(np.int32)
    gap = gap_table()[bits >> np.uint64(28) & np.uint64(QUANTILES - 1)]
    quantity = _QUANTITY_TABLE[bits >> np.uint64(40) & np.uint64(0x3FF)] + 1
    product = popularity_table()[number]

    steps = step_table()
    kinds = np.full(len(session), END, dtype=np.uint8)
    subject = product.astype(np.int32)
    change = np.zeros(len(session), dtype=np.int32)  # of the number of pieces in the cart
    size, cart_product, cart_quantity = (
        array.copy() for array in (carts.size, carts.product, carts.quantity)
    )
    viewed = np.zeros(len(row), dtype=np.int64)
    state = variant * STATES + (size == target) * (END + 1)
    kind = first_step
    lives = np.searchsorted(-patience, -np.arange(patience.max(initial=0)), side="left")
    for number_of_step, live in enumerate(lives.tolist()):
        now = begin[:live] + number_of_step
        if number_of_step:
            kind = steps[(state[:live] + kind[:live]) * QUANTILES + chance[now]]
        kinds[now] = kind

        at = np.flatnonzero(kind == PRODUCT_VIEW)
        viewed[at] = product[now[at]]

        at = np.flatnonzero(kind == ADD)
        event = now[at]
        slot = size[at]
        subject[event] = cart_product[at, slot] = viewed[at]
        change[event] = cart_quantity[at, slot] = quantity[event]
        size[at] += 1
        state[at] += (size[at] == target[at]) * (END + 1)

        at = np.flatnonzero(kind == REMOVE)
        if len(at):
            event = now[at]
            state[at] -= (size[at] == target[at]) * (END + 1)
            slot = number[event] * size[at] >> 16
            subject[event] = cart_product[at, slot]
            change[event] = -cart_quantity[at, slot]
            size[at] -= 1
            cart_product[at, slot] = cart_product[at, size[at]]
            cart_quantity[at, slot] = cart_quantity[at, size[at]]

    def running(values: Ints) -> Ints:
        """Sums from the start of each session on."""
        sums: Ints = np.cumsum(values)
        sums -= np.repeat(sums[begin] - values[begin], patience)
        return sums

    is_page = (kinds == PAGE_VIEW) | (kinds == SEARCH)
    subject[is_page] = number[is_page] * _SUBJECT_COUNTS[kinds[is_page]] >> 16
    subject[kinds >= BEGIN] = 0
    gap[begin] = 0
    clock = running(gap)
    names_customer = is_known[session] | (running((kinds == BEGIN).astype(np.int32)) > 0)
    in_cart = np.arange(MAX_BASKET) < carts.size[:, None]
    items = np.where(in_cart, carts.quantity, 0)
    cart_items = items.sum(axis=1)[session] + running(change)
    cart_cents = (items * PRICE_CENTS[carts.product]).sum(axis=1)[session]
    cart_cents += running(change * PRICE_CENTS[subject])
    has_cart = (carts.size > 0)[session] | (running((kinds == ADD).astype(np.int32)) > 0)
    cart_items[~has_cart] = -1
    cart_items[kinds == COMPLETE] = cart_cents[kinds == COMPLETE] = 0

    start = get_start(day) + draws.choice("hour", row, _HOUR_TABLE, ordinal) * HOUR_MS
    start += draws.below("within hour", row, HOUR_MS, ordinal)
    latest = get_night(day) - MINUTE_MS - clock[begin + patience - 1]
    start = np.clip(start, get_start(day) + MINUTE_MS, latest)

    events = np.flatnonzero(kinds != END)
    kinds, session = kinds[events], session[events]
    begin_event, complete_event = np.full(len(row), -1), np.full(len(row), -1)
    begins, completes = np.flatnonzero(kinds == BEGIN), np.flatnonzero(kinds == COMPLETE)
    begin_event[session[begins]] = begins  # the last one of a session stays
    complete_event[session[completes]] = completes
    return Sessions(
        row + 1,
        Carts(carts.customer, carts.channel, size, cart_product, cart_quantity),
        is_known | (begin_event >= 0),
        begin_event,
        complete_event,
        session,
        kinds,
        start[session] + clock[events],
        subject[events],
        names_customer[events],
        cart_items[events],
        cart_cents[events],
    )


def draw_sessions(world: World, day: date) -> Sessions:
    """The sessions of a day, without those that recover a cart."""
    draws = get_draws(world, "clickstream")
    ordinal = day.toordinal()
    expected = DAILY_SESSIONS * world.scale * get_volume_factor(day)
    row = np.arange(draw_count(draws, "sessions", expected, ordinal), dtype=np.int64)
    customer = draws.below("customer", row, len(CUSTOMER_IDS), ordinal)
    segment = CUSTOMER_SEGMENTS[customer]
    patience = patience_table()[segment, draws.below("patience", row, QUANTILES, ordinal)]
    most_patient_first = np.argsort(-patience, kind="stable")
    row, customer = row[most_patient_first], customer[most_patient_first]
    patience, segment = patience[most_patient_first], segment[most_patient_first]
    channel = draws.choice("channel", row, _CHANNEL_TABLE, ordinal)
    low = BASKET_LOW[segment]
    target = low + draws.below("basket", row, BASKET_HIGH[segment] - low + 1, ordinal)
    is_known = draws.uniform("logged in", row, ordinal) < _LOGGED_IN[channel]
    nothing = np.zeros((len(row), MAX_BASKET), dtype=np.int64)
    carts = Carts(customer, channel, np.zeros(len(row), dtype=np.int64), nothing, nothing)
    first_step = first_step_table()[draws.below("first step", row, QUANTILES, ordinal)]
    variant = segment * len(SESSION_CHANNELS) + channel
    return _walk(world, day, row, variant, patience, target, first_step, is_known, carts)


def find_recoverable(world: World, day: date, sessions: Sessions) -> tuple[Carts, Ints]:
    """The carts of a day that will be recovered, and after how many days each is."""
    draws = get_draws(world, "clickstream")
    chance = draws.uniform("recovery", sessions.number, day.toordinal())
    enough = sessions.carts.size >= BASKET_LOW[CUSTOMER_SEGMENTS[sessions.carts.customer]]
    left_behind = (sessions.complete_event < 0) & sessions.is_known & enough
    rows = np.flatnonzero(left_behind & (chance < RECOVERY_SHARE))
    delay = draws.below("recovery delay", sessions.number[rows], MAX_RECOVERY_DAYS, day.toordinal())
    return sessions.carts.take(rows), delay + 1


def recover(world: World, day: date, carts: Carts, first_number: int) -> Sessions:
    """The sessions of a day in which customers come back for carts, numbered from a given one."""
    total = len(carts.customer)
    return _walk(
        world,
        day,
        first_number - 1 + np.arange(total, dtype=np.int64),
        np.full(total, VARIANTS),
        np.full(total, _RECOVERY_STEPS),
        carts.size,
        np.full(total, PAGE_VIEW),
        np.ones(total, dtype=np.bool_),
        carts,
    )


def concatenate_sessions(first: Sessions, second: Sessions) -> Sessions:
    """The sessions of both."""
    events, sessions = len(first.session), len(first.number)
    shifted = replace(
        second,
        begin_event=np.where(second.begin_event < 0, -1, second.begin_event + events),
        complete_event=np.where(second.complete_event < 0, -1, second.complete_event + events),
        session=second.session + sessions,
    )
    columns = {
        field.name: np.concatenate([getattr(first, field.name), getattr(shifted, field.name)])
        for field in fields(Sessions)
        if field.name != "carts"
    }
    return Sessions(carts=concatenate_carts([first.carts, second.carts]), **columns)


@dataclass(frozen=True, slots=True)
class Clicks:
    """The clickstream events of a business day, by time, and their sessions.

    Attributes:
        number: Number of each session within the day, from 1.
        customer: Of each session the index in CUSTOMER_IDS.
        channel: Of each session the index in SESSION_CHANNELS.
        browser: Of each session the index in the channel's BROWSERS.
        referrer: Of each session the index in the channel's REFERRERS.
        session: Of each event the position of its session.
        kind: Index in EVENT_TYPES.
        instant: When it happens (ms since 1970, UTC).
        subject: What it is about: index in PAGES of a page_view, in SEARCH_TERMS of a search, in
            ACTIVE_PRODUCTS of what is viewed, added or removed; 0 at the checkout.
        names_customer: Whether the customer is logged in.
        cart_items: Pieces in the cart after the event; -1 before there is a cart.
        cart_cents: What they are worth before discounts.
    """

    number: Ints
    customer: Ints
    channel: Ints
    browser: Ints
    referrer: Ints
    session: Ints
    kind: NDArray[np.uint8]
    instant: Ints
    subject: Ints
    names_customer: Flags
    cart_items: Ints
    cart_cents: Ints

    def slice(self, start: int, stop: int) -> Self:
        """The events from a position up to, but not including, another."""
        events = slice(start, stop)
        return replace(
            self,
            session=self.session[events],
            kind=self.kind[events],
            instant=self.instant[events],
            subject=self.subject[events],
            names_customer=self.names_customer[events],
            cart_items=self.cart_items[events],
            cart_cents=self.cart_cents[events],
        )


def settle_checkouts(world: World, day: date, sessions: Sessions, orders: Baskets) -> Clicks:
    """The events of the sessions, once it is known which of them lead to orders.

    At the checkout the cart shrinks to what can be had; a checkout that comes to nothing is not
    completed.
    """
    is_placed = np.zeros(len(sessions.number) + 1, dtype=np.bool_)
    pieces, cents = (np.zeros(len(sessions.number) + 1, dtype=np.int64) for _ in range(2))
    from_session = orders.number <= len(sessions.number)
    is_placed[orders.number[from_session]] = True
    lines = from_session[orders.owner]
    number = orders.number[orders.owner[lines]]
    np.add.at(pieces, number, orders.quantity[lines])
    np.add.at(cents, number, (orders.quantity * PRICE_CENTS[orders.product])[lines])

    completes = sessions.complete_event >= 0
    fails = completes & ~is_placed[sessions.number]
    happens = np.ones(len(sessions.session), dtype=np.bool_)
    happens[sessions.complete_event[fails]] = False
    placed = completes & ~fails
    cart_items, cart_cents = sessions.cart_items.copy(), sessions.cart_cents.copy()
    cart_items[sessions.begin_event[placed]] = pieces[sessions.number[placed]]
    cart_cents[sessions.begin_event[placed]] = cents[sessions.number[placed]]

    events = np.flatnonzero(happens)
    events = events[order_by_time(sessions.instant[events])]
    draws, ordinal = get_draws(world, "clickstream"), day.toordinal()
    channel = sessions.carts.channel
    return Clicks(
        sessions.number,
        sessions.carts.customer,
        channel,
        _BROWSER_TABLES[channel, draws.below("browser", sessions.number, QUANTILES, ordinal)],
        _REFERRER_TABLES[channel, draws.below("referrer", sessions.number, QUANTILES, ordinal)],
        sessions.session[events],
        sessions.kind[events],
        sessions.instant[events],
        sessions.subject[events],
        sessions.names_customer[events],
        cart_items[events],
        cart_cents[events],
    )
