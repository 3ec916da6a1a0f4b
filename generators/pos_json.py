"""POS transactions as newline-delimited JSON, as the event contract lays it down."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from generators.json_text import (
    count_baskets,
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
from generators.pos import ASSOCIATE_IDS, PAYMENT_WEIGHTS, Transactions
from generators.simulation import simulate_day
from generators.totals import Totals
from generators.world import World


def _render(world: World, day: date, transactions: Transactions) -> pl.Series:
    """The text of transactions of a day."""
    baskets = transactions.baskets
    customers = pl.concat([wrapped_texts(CUSTOMER_IDS, '"', '"'), pl.Series(["null"])])
    heads = put_together(
        [
            f'{{"transaction_id":"TXN-{day:%Y%m%d}-{world.tag}-',
            numbers(baskets.number),
            look_up(wrapped_texts(STORE_IDS, '","store_id":"', '","register_id":'), baskets.place),
            numbers(transactions.register),
            ',"timestamp":"',
            *instants(day, baskets.taken_at),
            '","customer_id":',
            look_up(customers, baskets.customer),
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
    is_return = pl.Series(transactions.sale_number > 0)
    sold_on = pl.Series(transactions.sold_on - date(1970, 1, 1).toordinal())
    reversal = put_together(
        [
            '"return","original_transaction_id":"TXN-',
            sold_on.cast(pl.Int32).cast(pl.Date).dt.strftime("%Y%m%d"),
            f"-{world.tag}-",
            numbers(transactions.sale_number),
            '"}\n',
        ]
    )
    sale = pl.Series(['"sale","original_transaction_id":null}\n'])
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
            reversal.zip_with(is_return, sale),
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
