"""Clickstream events as newline-delimited JSON, as the event contract lays it down."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import product
from urllib.parse import quote_plus

import numpy as np
import polars as pl

from generators.baskets import PRICE_CENTS
from generators.business_day import Ints
from generators.json_text import (
    instants,
    look_up,
    make_event_files,
    numbers,
    put_together,
    wrapped_texts,
)
from generators.landing import EventFile
from generators.master_data import (
    ACTIVE_SKUS,
    CUSTOMER_IDS,
    CUSTOMER_SEGMENT_MAP,
    SESSION_CHANNELS,
)
from generators.sessions import (
    BROWSERS,
    CHANNEL_CODES,
    COMPLETE,
    EVENT_TYPES,
    PAGES,
    REFERRERS,
    SEARCH_TERMS,
    Clicks,
)
from generators.simulation import simulate_day
from generators.totals import Totals
from generators.world import World

SHOP = "https://shop.example.com/"

_MOST_BROWSERS = max(map(len, BROWSERS.values()))
_MOST_REFERRERS = max(map(len, REFERRERS.values()))
_DEAREST_CART = 24 * int(PRICE_CENTS.max()) // 100 + 1


@cache
def _customer_texts() -> pl.Series:
    """Customer and segment, by customer; after the last one null."""
    texts = [
        f'"{customer_id}","customer_segment":"{CUSTOMER_SEGMENT_MAP[customer_id]}","page_url":"'
        for customer_id in CUSTOMER_IDS
    ]
    return pl.Series([*texts, 'null,"customer_segment":null,"page_url":"'])


@cache
def _subject_texts() -> tuple[pl.Series, Ints]:
    """Page and product, by event type and subject; and where each event type starts."""
    nowhere = '","product_sku":null,"device_type":"'
    products = [f'products/{sku}","product_sku":"{sku}","device_type":"' for sku in ACTIVE_SKUS]
    texts = {
        "page_view": [f"{page}{nowhere}" for page in PAGES],
        "product_view": products,
        "search": [f"search?q={quote_plus(term)}{nowhere}" for term in SEARCH_TERMS],
        "add_to_cart": products,
        "remove_from_cart": [f'cart","product_sku":"{sku}","device_type":"' for sku in ACTIVE_SKUS],
        "begin_checkout": [f"checkout{nowhere}"],
        "complete_checkout": [f"checkout/complete{nowhere}"],
    }
    counts = np.array([len(texts[event_type]) for event_type in EVENT_TYPES])
    all_texts = [f"{SHOP}{text}" for event_type in EVENT_TYPES for text in texts[event_type]]
    return pl.Series(all_texts), np.cumsum(counts) - counts


@cache
def _device_texts() -> pl.Series:
    """Device, browser and referrer, by channel and the indices of the other two."""
    texts = []
    for channel in SESSION_CHANNELS:
        browsers = [*BROWSERS[channel.channel_code]]
        referrers = [
            "null" if referrer is None else f'"{referrer}"'
            for referrer in REFERRERS[channel.channel_code]
        ]
        for browser, referrer in product(range(_MOST_BROWSERS), range(_MOST_REFERRERS)):
            texts.append(
                f'{channel.device_category}","browser":"{browsers[browser % len(browsers)]}",'
                f'"referrer":{referrers[referrer % len(referrers)]},"cart":'
            )
    return pl.Series(texts)


@cache
def _cart_texts() -> tuple[pl.Series, pl.Series, pl.Series]:
    """A cart's items, dollars and cents; after the last one of each what stands for no cart."""
    items = [f'{{"items":{count},"value":' for count in range(25)]
    dollars = [f"{amount}." for amount in range(_DEAREST_CART)]
    cents = [f'{amount:02d}}},"order_id":' for amount in range(100)]
    return (
        pl.Series([*items, 'null,"order_id":']),
        pl.Series([*dollars, ""]),
        pl.Series([*cents, ""]),
    )


def _render(world: World, day: date, first: int, clicks: Clicks) -> pl.Series:
    """The text of events of a day, the first of which has the number `first`."""
    mark = f"{day:%Y%m%d}-{world.tag}-"
    session = clicks.session
    session_number = numbers(clicks.number[session])
    channel = clicks.channel[session]
    device = (channel * _MOST_BROWSERS + clicks.browser[session]) * _MOST_REFERRERS
    device += clicks.referrer[session]
    customer = np.where(clicks.names_customer, clicks.customer[session], len(CUSTOMER_IDS))
    subjects, first_subject = _subject_texts()
    items, dollars, cents = _cart_texts()
    has_cart = clicks.cart_items >= 0
    places_order = np.flatnonzero(clicks.kind == COMPLETE)
    order = np.zeros(len(session), dtype=np.int64)
    order[places_order] = 1 + np.arange(len(places_order))
    orders = put_together([f'"ORD-{mark}', session_number.gather(places_order), '"}\n'])
    return put_together(
        [
            f'{{"event_id":"EVT-{mark}',
            numbers(first + np.arange(len(session))),
            f'","session_id":"SES-{mark}',
            session_number,
            look_up(wrapped_texts(EVENT_TYPES, '","event_type":"', '","timestamp":"'), clicks.kind),
            *instants(day, clicks.instant),
            look_up(wrapped_texts(CHANNEL_CODES, '","channel":"', '","customer_id":'), channel),
            look_up(_customer_texts(), customer),
            look_up(subjects, first_subject[clicks.kind] + clicks.subject),
            look_up(_device_texts(), device),
            look_up(items, np.where(has_cart, clicks.cart_items, len(items) - 1)),
            look_up(dollars, np.where(has_cart, clicks.cart_cents // 100, len(dollars) - 1)),
            look_up(cents, np.where(has_cart, clicks.cart_cents % 100, len(cents) - 1)),
            look_up(pl.concat([pl.Series(["null}\n"]), orders]), order),
        ]
    )


def _count(clicks: Clicks) -> dict[str, Totals]:
    """Control totals of events, by their type."""
    events = np.bincount(clicks.kind, minlength=len(EVENT_TYPES)).tolist()
    return {name: Totals(count) for name, count in zip(EVENT_TYPES, events, strict=True) if count}


def make_files(world: World, day: date) -> Iterator[EventFile]:
    """The files of a business day's events."""
    clicks = simulate_day(world, day).clicks
    return make_event_files(
        "clickstream",
        world,
        day,
        len(clicks.kind),
        lambda start, stop: _render(world, day, start + 1, clicks.slice(start, stop)),
        lambda start, stop: _count(clicks.slice(start, stop)),
    )
