"""The funnel: how visitors move through the website, the apps and the social shop.

A session is a Markov chain whose next step depends on the one before it, on the channel, on the
segment and on whether the cart holds what the visitor came for. It ends with the visitor's
patience, a log-normal number of steps, or with an order.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from generators.business_day import Ints
from generators.master_data import CATEGORY_LEVEL_2, SEGMENTS, SESSION_CHANNELS
from generators.randomness import QUANTILES, log_normal_table, weighted_table

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
END = len(EVENT_TYPES)
"""What comes after a session's last event."""

DAILY_SESSIONS = 680
"""Sessions of a day at scale 1, before month and weekend, without those that recover a cart."""

CHANNEL_WEIGHTS: dict[str, int] = {
    "WEB_DESKTOP": 32,
    "WEB_MOBILE": 30,
    "APP_IOS": 16,
    "APP_ANDROID": 14,
    "SOCIAL_FB": 8,
}
"""Sessions by channel, as SESSION_CHANNELS are ordered."""

CHANNEL_CODES: tuple[str, ...] = tuple(channel.channel_code for channel in SESSION_CHANNELS)

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
"""Share of the sessions with a known customer from the start; at a checkout all are known."""

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
"""Weight of adding a viewed product to the cart, by segment; the other steps weigh 70."""

CHECKOUT_WEIGHT: dict[str, int] = {
    "WEB_DESKTOP": 120,
    "WEB_MOBILE": 70,
    "APP_IOS": 110,
    "APP_ANDROID": 95,
    "SOCIAL_FB": 40,
}
"""Weight of going from a full cart to the checkout, by channel; the other steps weigh 50."""

COMPLETION_WEIGHT: dict[str, int] = {
    "WEB_DESKTOP": 200,
    "WEB_MOBILE": 75,
    "APP_IOS": 150,
    "APP_ANDROID": 110,
    "SOCIAL_FB": 45,
}
"""Weight of completing a checkout, by channel; the other steps weigh 50."""

PAGES: tuple[str, ...] = (
    "",
    "new",
    "sale",
    *(f"category/{category}" for category in CATEGORY_LEVEL_2),
    "account",
    "stores",
    "cart",
)
"""Paths of the pages that are not of a product, all visited equally often."""

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
"""Where sessions come from, by channel, with weights; None for direct visits."""

RECOVERY_SHARE = 0.22
"""Share of the carts left behind, holding a whole basket of their segment, that are recovered."""

MAX_RECOVERY_DAYS = 6
"""A cart is recovered 1 to this many business days later, always within exactly seven days."""

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


VARIANTS = len(SEGMENTS) * len(SESSION_CHANNELS)
"""Numbers of the chains: segment by segment the channels', and this last one of recoveries."""

STATES = 2 * (END + 1)
"""Rows of a chain in the step table: the steps before, first with a cart that is not full."""


@cache
def step_table() -> NDArray[np.uint8]:
    """What comes next, by chain, state and a random number below QUANTILES: flattened."""
    table = np.full((VARIANTS + 1, 2, END + 1, QUANTILES), END, dtype=np.uint8)
    for is_full in (False, True):
        chains = [
            get_next_steps(segment.name, code, is_full)
            for segment in SEGMENTS
            for code in CHANNEL_CODES
        ]
        for variant, chain in enumerate([*chains, RECOVERY_STEPS]):
            for step, weights in chain.items():
                row = [weights.get(following, 0) for following in range(END)]
                table[variant, int(is_full), step] = weighted_table(row, QUANTILES)
    return table.ravel()


@cache
def first_step_table() -> NDArray[np.uint16]:
    """What comes first, by a random number below QUANTILES."""
    return weighted_table([FIRST_STEP.get(kind, 0) for kind in range(END)], QUANTILES)


@cache
def gap_table() -> Ints:
    """Times between two steps in ms."""
    return np.array([round(gap) for gap in log_normal_table(GAP_MEDIAN_MS, GAP_SIGMA)])


@cache
def patience_table() -> Ints:
    """Numbers of steps, by segment."""
    tables = [
        log_normal_table(PATIENCE_MEDIAN[segment.name], PATIENCE_SIGMA) for segment in SEGMENTS
    ]
    return np.array([[round(steps) for steps in table] for table in tables]).clip(1, MAX_STEPS)
