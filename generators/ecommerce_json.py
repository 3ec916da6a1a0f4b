"""Orders as newline-delimited JSON, as the event contract defines it."""

from collections.abc import Iterator
from datetime import date
from functools import cache

import polars as pl

from generators.json_text import (
    count_baskets,
    fill_in,
    instants,
    look_up,
    make_event_files,
    numbers,
    put_items_together,
    put_together,
    wrapped_texts,
)
from generators.landing import EventFile
from generators.master_data import CITIES, CUSTOMER_SEGMENT_MAP
from generators.orders import (
    ORDER_CHANNELS,
    ORDER_PAYMENT_WEIGHTS,
    PROMO_CODES,
    SHIPPING_WEIGHTS,
    Orders,
)
from generators.simulation import simulate_day
from generators.world import World


@cache
def _customer_texts() -> pl.Series:
    """Customer and segment, by customer."""
    return pl.Series(
        [
            f'","customer_id":"{customer_id}","customer_segment":"{segment}'
            for customer_id, segment in CUSTOMER_SEGMENT_MAP.items()
        ]
    )


@cache
def _address_texts() -> pl.Series:
    """From the segment's end to the shipping method, by city."""
    return pl.Series(
        [
            f'","shipping_address":{{"city":"{city.name}","state":"{city.state}",'
            f'"zip":"{city.postal_code}"}},"shipping_method":"'
            for city in CITIES
        ]
    )


@cache
def _promo_texts() -> pl.Series:
    """Promo codes; the entry after the last one is null."""
    return pl.Series([*(f'"{code}"' for code in PROMO_CODES), "null"])


def _render(world: World, day: date, orders: Orders) -> pl.Series:
    """The text of orders of a day."""
    baskets = orders.baskets
    heads = put_together(
        [
            f'{{"order_id":"ORD-{day:%Y%m%d}-{world.tag}-',
            numbers(baskets.number),
            look_up(
                wrapped_texts(ORDER_CHANNELS, '","channel":"', '","timestamp":"'), orders.channel
            ),
            *instants(day, orders.placed_at),
            look_up(_customer_texts(), baskets.customer),
            look_up(_address_texts(), orders.city),
            look_up(wrapped_texts(tuple(SHIPPING_WEIGHTS), "", '","items":[{'), orders.shipping),
        ]
    )
    session_number = numbers(baskets.number[orders.has_session])
    sessions = put_together([f'"SES-{day:%Y%m%d}-{world.tag}-', session_number, '"}\n'])
    tails = put_together(
        [
            look_up(
                wrapped_texts(
                    tuple(ORDER_PAYMENT_WEIGHTS), '}],"payment_method":"', '","promo_code":'
                ),
                orders.payment,
            ),
            look_up(_promo_texts(), orders.promo % (len(PROMO_CODES) + 1)),
            ',"session_id":',
            fill_in(orders.has_session, sessions, "null}\n"),
        ]
    )
    return put_items_together(heads, baskets, tails)


def make_files(world: World, day: date) -> Iterator[EventFile]:
    """The files of a business day's orders."""
    orders = simulate_day(world, day).orders
    return make_event_files(
        "ecommerce",
        world,
        day,
        len(orders.placed_at),
        lambda start, stop: _render(world, day, orders.slice(start, stop)),
        lambda start, stop: {"order": count_baskets(orders.baskets.slice(start, stop))},
    )
