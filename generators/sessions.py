"""What visitors do on the website, in the apps and in the social shop.

A session is a walk through the funnel: a Markov chain whose next step depends on the one before it,
on the channel, on the segment and on whether the cart holds what the visitor came for. It ends with
the visitor's patience, a log-normal number of steps, or with a checkout. All sessions of a day take
their steps together, so that a step costs a few array operations for all of them.

Nothing here depends on the stock. A visitor who comes back for a cart left behind on an earlier day
starts with that cart and knows no doubts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from statistics import NormalDist
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
from generators.master_data import (
    CATEGORY_LEVEL_2,
    CUSTOMER_IDS,
    CUSTOMER_SEGMENTS,
    SEGMENTS,
    SESSION_CHANNELS,
    get_volume_factor,
)
from generators.randomness import weighted_table
from generators.world import World

EVENT_TYPES: tuple[str, ...] = (
    "page_view",
    "product_view",
    "search",
    "add_to_cart",
    "remove_from_cart",
    "begin_checkout",
    "complete_checkout",
)
PAGE_VIEW, PRODUCT_VIEW, SEARCH, ADD, REMOVE, BEGIN, COMPLETE = range(len(EVENT_TYPES))
_END = len(EVENT_TYPES)

DAILY_SESSIONS = 680
"""Sessions of a day at scale 1, before month and weekend, without those that recover a cart."""

CHANNEL_WEIGHTS: dict[str, int] = {
    "WEB_DESKTOP": 32,
    "WEB_MOBILE": 30,
    "APP_IOS": 16,
    "APP_ANDROID": 14,
    "SOCIAL_FB": 8,
}
"""Sessions by channel."""

HOUR_WEIGHTS: tuple[int, ...] = (
    *(5, 3, 3, 4, 6, 9, 13, 18, 22, 25, 27, 28),
    *(28, 27, 27, 28, 30, 33, 36, 36, 32, 24, 14, 0),
)
"""Visitors by Pacific hour, the last one being the night run's."""

LOGGED_IN_SHARE: dict[str, float] = {
    "WEB_DESKTOP": 0.45,
    "WEB_MOBILE": 0.4,
    "APP_IOS": 0.85,
    "APP_ANDROID": 0.85,
    "SOCIAL_FB": 0.3,
}
"""Share of the sessions in which the customer is known from the start; all are at a checkout."""

PATIENCE_MEDIAN: dict[str, float] = {
    "vip": 14.0,
    "premium": 9.0,
    "loyal": 7.0,
    "regular": 5.0,
    "new": 4.0,
}
"""Median of the number of steps for which a visitor stays, by segment."""

PATIENCE_SIGMA = 0.75
"""Spread of the logarithm of that number."""

MAX_STEPS = 64

GAP_MEDIAN_MS = 20_000
GAP_SIGMA = 1.0
"""Time between two steps: log-normal."""

ADD_WEIGHT: dict[str, int] = {"vip": 90, "premium": 75, "loyal": 65, "regular": 45, "new": 35}
"""How much a product page tempts to add it to the cart, by segment; the other ways weigh 70."""

CHECKOUT_WEIGHT: dict[str, int] = {
    "WEB_DESKTOP": 100,
    "WEB_MOBILE": 55,
    "APP_IOS": 90,
    "APP_ANDROID": 80,
    "SOCIAL_FB": 35,
}
"""How much a full cart draws to the checkout, by channel; the other ways weigh 50."""

COMPLETION_WEIGHT: dict[str, int] = {
    "WEB_DESKTOP": 160,
    "WEB_MOBILE": 80,
    "APP_IOS": 140,
    "APP_ANDROID": 120,
    "SOCIAL_FB": 50,
}
"""How often a checkout that has begun is completed, by channel; the other ways weigh 50."""

PAGES: tuple[str, ...] = (
    "",
    "new",
    "sale",
    *(f"category/{category}" for category in CATEGORY_LEVEL_2),
    "account",
    "stores",
    "cart",
)
"""Paths of the pages that are no product's, all visited alike."""

SEARCH_TERMS: tuple[str, ...] = (
    "jeans",
    "running shoes",
    "summer dress",
    "black coat",
    "hoodie",
    "100% cotton shirt",
    "merino wool sweater",
    "café au lait bag",
    "señorita sandals",
    "größe 42 boots",
    "belt 30%+ off",
    "hiking boots & socks",
    "t-shirt",
    "leather tote",
    "sun hat",
    "帽子",
)

BROWSERS: dict[str, dict[str, int]] = {
    "WEB_DESKTOP": {"Chrome": 62, "Safari": 18, "Edge": 13, "Firefox": 7},
    "WEB_MOBILE": {"Safari": 52, "Chrome": 40, "Samsung Internet": 8},
    "APP_IOS": {"iOS App": 1},
    "APP_ANDROID": {"Android App": 1},
    "SOCIAL_FB": {"Facebook In-App": 1},
}
"""Browsers by channel, with their weights."""

_WEB_REFERRERS: dict[str | None, int] = {
    None: 40,
    "https://www.google.com/": 34,
    "https://www.bing.com/": 6,
    "https://www.instagram.com/": 10,
    "https://newsletter.example.com/": 10,
}

REFERRERS: dict[str, dict[str | None, int]] = {
    "WEB_DESKTOP": _WEB_REFERRERS,
    "WEB_MOBILE": _WEB_REFERRERS,
    "APP_IOS": {None: 1},
    "APP_ANDROID": {None: 1},
    "SOCIAL_FB": {"https://www.facebook.com/": 1},
}
"""Where sessions come from, by channel, with weights; None for those that come by themselves."""

RECOVERY_SHARE = 0.2
"""Share of the carts left behind, holding a whole basket of their segment, that are recovered."""

MAX_RECOVERY_DAYS = 6
"""A cart is recovered 1 to this many business days later, always within seven days to the hour."""

_QUANTILES = 1 << 12
_VARIANTS = len(SEGMENTS) * len(SESSION_CHANNELS)
_RECOVERY = _VARIANTS  # the variant of visitors who come back for their cart

CHANNEL_CODES: tuple[str, ...] = tuple(channel.channel_code for channel in SESSION_CHANNELS)

_CHANNEL_TABLE = weighted_table([CHANNEL_WEIGHTS[code] for code in CHANNEL_CODES])
_HOUR_TABLE = weighted_table(HOUR_WEIGHTS)
_QUANTITY_TABLE = weighted_table(QUANTITY_WEIGHTS, 1 << 10)
_SUBJECT_COUNTS = np.array([len(PAGES), 0, len(SEARCH_TERMS), 0, 0, 0, 0, 0])
_BROWSER_TABLES = np.array(
    [weighted_table([*BROWSERS[code].values()], _QUANTILES) for code in CHANNEL_CODES]
)
_REFERRER_TABLES = np.array(
    [weighted_table([*REFERRERS[code].values()], _QUANTILES) for code in CHANNEL_CODES]
)
_LOGGED_IN = np.array([LOGGED_IN_SHARE[code] for code in CHANNEL_CODES])

Weights = dict[int, float]

FIRST_STEP: Weights = {PAGE_VIEW: 60, PRODUCT_VIEW: 25, SEARCH: 15}


def get_next_steps(segment: str, channel: str, is_full: bool) -> dict[int, Weights]:
    """Weights of what comes next, by the step before it, of a visitor on a channel.

    While the cart lacks something a visitor adds to it; when it is full, there is the checkout.
    """
    add = 0 if is_full else ADD_WEIGHT[segment]
    begin = CHECKOUT_WEIGHT[channel] if is_full else 0
    return {
        PAGE_VIEW: {PAGE_VIEW: 18, PRODUCT_VIEW: 40, SEARCH: 12, BEGIN: 2 * begin},
        SEARCH: {PAGE_VIEW: 8, PRODUCT_VIEW: 50, SEARCH: 12, BEGIN: begin},
        PRODUCT_VIEW: {PAGE_VIEW: 18, PRODUCT_VIEW: 40, SEARCH: 12, ADD: add, BEGIN: begin},
        ADD: {PAGE_VIEW: 8, PRODUCT_VIEW: 34, SEARCH: 8, REMOVE: 4, BEGIN: 2 * begin},
        REMOVE: {PAGE_VIEW: 20, PRODUCT_VIEW: 40, SEARCH: 10},
        BEGIN: {PAGE_VIEW: 30, PRODUCT_VIEW: 14, REMOVE: 6, COMPLETE: COMPLETION_WEIGHT[channel]},
    }


RECOVERY_STEPS: dict[int, Weights] = {
    PAGE_VIEW: {PAGE_VIEW: 20, PRODUCT_VIEW: 20, BEGIN: 60},
    PRODUCT_VIEW: {PAGE_VIEW: 40, BEGIN: 60},
    BEGIN: {COMPLETE: 1},
}


@cache
def _step_table() -> NDArray[np.uint8]:
    """What comes next: by variant, full cart or not, step before and random number, flattened."""
    table = np.full((_VARIANTS + 1, 2, _END + 1, _QUANTILES), _END, dtype=np.uint8)
    for is_full in (False, True):
        chains = [
            get_next_steps(segment.name, code, is_full)
            for segment in SEGMENTS
            for code in CHANNEL_CODES
        ]
        for variant, chain in enumerate([*chains, RECOVERY_STEPS]):
            for step, weights in chain.items():
                row = [weights.get(following, 0) for following in range(_END)]
                table[variant, int(is_full), step] = weighted_table(row, _QUANTILES)
    return table.ravel()


def _log_normal(median: float, sigma: float) -> NDArray[np.float64]:
    """Quantiles of a log-normal distribution, each as likely as the others."""
    normal = NormalDist()
    ranks = [normal.inv_cdf((rank + 0.5) / _QUANTILES) for rank in range(_QUANTILES)]
    return median * np.exp(sigma * np.array(ranks))


@cache
def _gap_table() -> Ints:
    """Times between two steps in ms."""
    return _log_normal(GAP_MEDIAN_MS, GAP_SIGMA).round().astype(np.int64)


@cache
def _patience_table() -> Ints:
    """Numbers of steps, by segment."""
    steps = [_log_normal(PATIENCE_MEDIAN[segment.name], PATIENCE_SIGMA) for segment in SEGMENTS]
    return np.array(steps).round().clip(1, MAX_STEPS).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Carts:
    """Carts and whose they are, one row each.

    Attributes:
        customer: Index in CUSTOMER_IDS.
        channel: Index in SESSION_CHANNELS.
        size: Number of line items.
        product: Index in ACTIVE_PRODUCTS of each line item, in the first `size` of 8 columns.
        quantity: Pieces, likewise.
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
        carts: What is in its cart at the end, and whose it is.
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
    is_known: Flags,
    carts: Carts,
) -> Sessions:
    """Walk sessions through the funnel; the most patient come first."""
    draws = get_draws(world, "clickstream")
    ordinal = day.toordinal()
    steps, gaps, products = _step_table(), _gap_table(), popularity_table().astype(np.int64)
    first_step = weighted_table([FIRST_STEP.get(kind, 0) for kind in range(_END)], _QUANTILES)
    total = len(row)
    state = np.zeros(total, dtype=np.int64)
    viewed = np.zeros(total, dtype=np.int64)
    clock = np.zeros(total, dtype=np.int64)
    is_known = is_known.copy()
    size, cart_product, cart_quantity = (
        array.copy() for array in (carts.size, carts.product, carts.quantity)
    )
    in_cart = np.arange(MAX_BASKET) < size[:, None]
    items = np.where(in_cart, cart_quantity, 0).sum(axis=1)
    cents = np.where(in_cart, cart_quantity * PRICE_CENTS[cart_product], 0).sum(axis=1)
    has_cart = size > 0
    begin_event = np.full(total, -1)
    complete_event = np.full(total, -1)
    columns: list[tuple[NDArray[np.generic], ...]] = []
    base = 0
    live_counts = np.searchsorted(-patience, -np.arange(patience.max(initial=1)), side="left")
    for step, live in enumerate(live_counts.tolist()):
        bits = draws.bits("step", row[:live] * MAX_STEPS + step, ordinal)
        chance = (bits & np.uint64(_QUANTILES - 1)).astype(np.int64)
        if step == 0:
            kind = np.where(variant == _RECOVERY, PAGE_VIEW, first_step[chance])
        else:
            chain = (variant[:live] * 2 + (size[:live] == target[:live])) * (_END + 1)
            kind = steps[(chain + state[:live]) * _QUANTILES + chance].astype(np.int64)
            clock[:live] += gaps[(bits >> np.uint64(28) & np.uint64(_QUANTILES - 1))]
        state[:live] = kind
        number = (bits >> np.uint64(12) & np.uint64(0xFFFF)).astype(np.int64)
        about = number * _SUBJECT_COUNTS[kind] >> 16

        at = np.flatnonzero(kind == PRODUCT_VIEW)
        about[at] = viewed[at] = products[number[at]]

        at = np.flatnonzero(kind == ADD)
        quantity = _QUANTITY_TABLE[(bits[at] >> np.uint64(40) & np.uint64(0x3FF))] + 1
        slot = size[at]
        about[at] = cart_product[at, slot] = viewed[at]
        cart_quantity[at, slot] = quantity
        size[at] += 1
        items[at] += quantity
        cents[at] += quantity * PRICE_CENTS[viewed[at]]
        has_cart[at] = True

        at = np.flatnonzero(kind == REMOVE)
        slot = number[at] * size[at] >> 16
        removed = cart_product[at, slot]
        quantity = cart_quantity[at, slot]
        about[at] = removed
        size[at] -= 1
        cart_product[at, slot] = cart_product[at, size[at]]
        cart_quantity[at, slot] = cart_quantity[at, size[at]]
        items[at] -= quantity
        cents[at] -= quantity * PRICE_CENTS[removed]

        happens = np.flatnonzero(kind != _END)
        position = base + np.arange(len(happens))
        is_begin = kind[happens] == BEGIN
        is_known[happens[is_begin]] = True
        begin_event[happens[is_begin]] = position[is_begin]
        is_complete = kind[happens] == COMPLETE
        complete_event[happens[is_complete]] = position[is_complete]
        base += len(happens)
        columns.append(
            (
                happens,
                kind[happens].astype(np.uint8),
                clock[happens],
                about[happens],
                is_known[happens],
                np.where(is_complete, 0, np.where(has_cart[happens], items[happens], -1)),
                np.where(is_complete, 0, cents[happens]),
            )
        )
    session, kind_, offset, subject, names_customer, cart_items, cart_cents = (
        np.concatenate(parts) for parts in zip(*columns, strict=True)
    )
    earliest, latest = get_start(day) + MINUTE_MS, get_night(day) - MINUTE_MS
    start = get_start(day) + draws.choice("hour", row, _HOUR_TABLE, ordinal) * HOUR_MS
    start += draws.below("within hour", row, HOUR_MS, ordinal)
    start = np.clip(start, earliest, latest - clock)
    return Sessions(
        row + 1,
        Carts(carts.customer, carts.channel, size, cart_product, cart_quantity),
        is_known,
        begin_event,
        complete_event,
        session,
        kind_,
        start[session] + offset,
        subject,
        names_customer,
        cart_items,
        cart_cents,
    )


def draw_sessions(world: World, day: date) -> Sessions:
    """The sessions of a day but for those that recover a cart."""
    draws = get_draws(world, "clickstream")
    ordinal = day.toordinal()
    expected = DAILY_SESSIONS * world.scale * get_volume_factor(day)
    row = np.arange(draw_count(draws, "sessions", expected, ordinal), dtype=np.int64)
    customer = draws.below("customer", row, len(CUSTOMER_IDS), ordinal)
    segment = CUSTOMER_SEGMENTS[customer]
    quantile = draws.below("patience", row, _QUANTILES, ordinal)
    patience = _patience_table()[segment, quantile]
    most_patient_first = np.argsort(-patience, kind="stable")
    row, customer = row[most_patient_first], customer[most_patient_first]
    patience, segment = patience[most_patient_first], segment[most_patient_first]
    channel = draws.choice("channel", row, _CHANNEL_TABLE, ordinal)
    low = BASKET_LOW[segment]
    target = low + draws.below("basket", row, BASKET_HIGH[segment] - low + 1, ordinal)
    is_known = draws.uniform("logged in", row, ordinal) < _LOGGED_IN[channel]
    nothing = np.zeros((len(row), MAX_BASKET), dtype=np.int64)
    carts = Carts(customer, channel, np.zeros(len(row), dtype=np.int64), nothing, nothing)
    variant = segment * len(SESSION_CHANNELS) + channel
    return _walk(world, day, row, variant, patience, target, is_known, carts)


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
    """The sessions of a day in which customers come back for their carts, numbered from there."""
    total = len(carts.customer)
    return _walk(
        world,
        day,
        first_number - 1 + np.arange(total, dtype=np.int64),
        np.full(total, _RECOVERY),
        np.full(total, MAX_STEPS),
        carts.size,
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
    columns = {}
    for field in fields(Sessions):
        parts = [getattr(first, field.name), getattr(shifted, field.name)]
        columns[field.name] = (
            concatenate_carts(parts) if field.name == "carts" else (np.concatenate(parts))
        )
    return Sessions(**columns)


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
        """The events from a position up to, without, another one."""
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
    """What is seen of the sessions, once it is known which orders come of them.

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
        _BROWSER_TABLES[channel, draws.below("browser", sessions.number, _QUANTILES, ordinal)],
        _REFERRER_TABLES[channel, draws.below("referrer", sessions.number, _QUANTILES, ordinal)],
        sessions.session[events],
        sessions.kind[events],
        sessions.instant[events],
        sessions.subject[events],
        sessions.names_customer[events],
        cart_items[events],
        cart_cents[events],
    )
