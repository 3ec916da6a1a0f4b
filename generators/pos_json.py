"""POS transactions as newline-delimited JSON, as the event contract defines it."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache, lru_cache

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
from generators.master_data import CUSTOMER_IDS, POS_CHANNEL, SEGMENT_NAMES, STORE_IDS
from generators.pos import ASSOCIATE_IDS, MAX_RETURN_DAYS, PAYMENT_WEIGHTS, Transactions
from generators.simulation import simulate_day
from generators.totals import Totals
from generators.world import World


@cache
def _customer_texts() -> pl.Series:
    """Customers; the entry after the last one is null."""
    return pl.Series([*(f'"{customer_id}"' for customer_id in CUSTOMER_IDS), "null"])


@lru_cache(maxsize=2)
def _original_texts(world: World, day: date) -> pl.Series:
    """For a return, the text from its type to the day of its sale, by the days since then."""
    days = [f"{day - timedelta(days=back):%Y%m%d}" for back in range(MAX_RETURN_DAYS + 1)]
    start = '"return","original_transaction_id":"TXN-'
    return pl.Series([f"{start}{sold_on}-{world.tag}-" for sold_on in days])


def _render(world: World, day: date, transactions: Transactions) -> pl.Series:
    """The text of transactions of a day."""
    baskets = transactions.baskets
    heads = put_together(
        [
            f'{{"transaction_id":"TXN-{day:%Y%m%d}-{world.tag}-',
            numbers(baskets.number),
            look_up(wrapped_texts(STORE_IDS, '","store_id":"', '","register_id":'), baskets.place),
            numbers(transactions.register),
            ',"timestamp":"',
            *instants(day, baskets.taken_at),
            '","customer_id":',
            look_up(_customer_texts(), baskets.customer),
            look_up(
                wrapped_texts(
                    SEGMENT_NAMES,
                    ',"customer_segment":"',
                    f'","channel_code":"{POS_CHANNEL}","items":[{{',
                ),
                baskets.segment,
            ),
        ]
    )
    is_return = transactions.sale_number > 0
    sold_before = day.toordinal() - transactions.sold_on[is_return]
    original_number = numbers(transactions.sale_number[is_return])
    originals = put_together(
        [look_up(_original_texts(world, day), sold_before), original_number, '"}\n']
    )
    payments = tuple(PAYMENT_WEIGHTS)
    tails = put_together(
        [
            look_up(
                wrapped_texts(payments, '}],"payment_method":"', '","associate_id":"'),
                transactions.payment,
            ),
            look_up(
                wrapped_texts(ASSOCIATE_IDS, "", '","transaction_type":'), transactions.associate
            ),
            fill_in(is_return, originals, '"sale","original_transaction_id":null}\n'),
        ]
    )
    return put_items_together(heads, baskets, tails)


def _count(transactions: Transactions) -> dict[str, Totals]:
    """Control totals of transactions, by their type."""
    baskets = transactions.baskets
    is_returned = transactions.sale_number[baskets.owner] > 0
    parts = {
        "sale": count_baskets(baskets.keep(~is_returned)),
        "return": count_baskets(baskets.keep(is_returned), sign=-1),
    }
    return {name: totals for name, totals in parts.items() if totals.events}


def make_files(world: World, day: date) -> Iterator[EventFile]:
    """The files of a business day's transactions."""
    transactions = simulate_day(world, day).transactions
    return make_event_files(
        "pos",
        world,
        day,
        len(transactions.register),
        lambda start, stop: _render(world, day, transactions.slice(start, stop)),
        lambda start, stop: _count(transactions.slice(start, stop)),
    )
