"""Clickstream events as newline-delimited JSON, as the event contract defines it."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import product
from urllib.parse import quote_plus

import numpy as np
import polars as pl

from generators.business_day import Ints
from generators.funnel import (
    BROWSERS,
    CHANNEL_CODES,
    COMPLETE,
    EVENT_TYPES,
    PAGES,
    REFERRERS,
    SEARCH_TERMS,
)
from generators.json_text import (
    fill_in,
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
from generators.sessions import Clicks
from generators.simulation import simulate_day
from generators.totals import Totals
from generators.world import World

SHOP = "https://shop.example.com/"

_MOST_BROWSERS = max(map(len, BROWSERS.values()))
_MOST_REFERRERS = max(map(len, REFERRERS.values()))


@cache
def _customer_texts() -> pl.Series:
    """Customer and segment, by customer; the entry after the last customer is null."""
    texts = [
        f'"{customer_id}","customer_segment":"{segment}","page_url":"'
        for customer_id, segment in CUSTOMER_SEGMENT_MAP.items()
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
def _cents_texts() -> pl.Series:
    """The last part of an amount in dollars, by its cents."""
    return pl.Series([f".{cents:02d}" for cents in range(100)])


def _cart_texts(items: Ints, cents: Ints) -> pl.Series:
    """Carts, by their pieces and their value in cents."""
    dollars, rest = np.divmod(cents, 100)
    return put_together(
        [
            '{"items":',
            numbers(items),
            ',"value":',
            numbers(dollars),
            look_up(_cents_texts(), rest),
            "}",
        ]
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
    has_cart = clicks.cart_items >= 0
    carts = _cart_texts(clicks.cart_items[has_cart], clicks.cart_cents[has_cart])
    has_order = clicks.kind == COMPLETE
    orders = put_together([f'"ORD-{mark}', numbers(clicks.number[session[has_order]]), '"}\n'])
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
            fill_in(has_cart, carts, "null"),
            ',"order_id":',
            fill_in(has_order, orders, "null}\n"),
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
