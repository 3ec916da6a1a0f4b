"""POS transactions as newline-delimited JSON, as the event contract lays it down.

Lines are put together from columns of text: what repeats (an item up to its quantity, an amount, a
minute of the day) is written out once and looked up for each row. Nothing here needs escaping: ids
and codes are plain ASCII.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl

from generators.landing import EventFile
from generators.master_data import ACTIVE_PRODUCTS, POS_CHANNEL
from generators.pos import CATEGORIES, PosDay, simulate_day
from generators.totals import Totals
from generators.world import World

MAX_FILE_EVENTS = 100_000
"""Transactions in a file at most."""

_RENDERED_AT_ONCE = 10_000  # keeps the text of one run in the processor's cache
_DAY_MS = 86_400_000
_MINUTE_MS = 60_000


@cache
def _minute_texts() -> pl.Series:
    """`THH:MM:` of each minute of a day."""
    return pl.Series([f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440)])


@cache
def _second_texts() -> pl.Series:
    """`SS.mmmZ` of each millisecond of a minute."""
    return pl.Series([f"{ms // 1000:02d}.{ms % 1000:03d}Z" for ms in range(_MINUTE_MS)])


@cache
def _amount_texts(before: str) -> pl.Series:
    """A literal and `D.CC`, for each amount of cents up to the dearest product's price."""
    highest = max(int(product.base_price * 100) for product in ACTIVE_PRODUCTS)
    return pl.Series([f"{before}{cents // 100}.{cents % 100:02d}" for cents in range(highest + 1)])


@cache
def _category_texts(column: str, before: str, after: str) -> pl.Series:
    """Every value that an enum column can have, between two literals."""
    return pl.Series([f"{before}{text}{after}" for text in CATEGORIES[column]])


def _texts(column: pl.Series, before: str, after: str) -> pl.Series:
    """An enum column's texts, each between two literals."""
    return _category_texts(column.name, before, after).gather(column.to_physical())


def _concatenate(*pieces: pl.Series | str) -> pl.Series:
    """Columns of text and literals, put together row by row; null where a column is null."""
    return pl.select(pl.concat_str([pl.lit(piece) for piece in pieces])).to_series()


def _instants(day: date, sold_at: pl.Series) -> list[pl.Series]:
    """Date, minute and second of the instants of a business day, which ends on the next UTC day."""
    since_midnight = sold_at.to_physical() - (day - date(1970, 1, 1)).days * _DAY_MS
    dates = pl.Series([str(day), str(day + timedelta(days=1))])
    return [
        dates.gather(since_midnight // _DAY_MS),
        _minute_texts().gather(since_midnight % _DAY_MS // _MINUTE_MS),
        _second_texts().gather(since_midnight % _MINUTE_MS),
    ]


def _heads(day: PosDay, transactions: pl.DataFrame) -> pl.Series:
    """Each transaction up to its first line item."""
    return _concatenate(
        f'{{"transaction_id":"TXN-{day.day:%Y%m%d}-{day.world.tag}-',
        transactions["number"].cast(pl.String),
        _texts(transactions["store_id"], '","store_id":"', '","register_id":'),
        transactions["register_id"].cast(pl.String),
        ',"timestamp":"',
        *_instants(day.day, transactions["sold_at"]),
        '","customer_id":',
        _texts(transactions["customer_id"], '"', '"').fill_null("null"),
        _texts(
            transactions["customer_segment"],
            ',"customer_segment":"',
            f'","channel_code":"{POS_CHANNEL}","items":[{{',
        ),
    )


def _tails(day: PosDay, transactions: pl.DataFrame) -> pl.Series:
    """Each transaction from the end of its last line item on."""
    returned = _concatenate(
        '"return","original_transaction_id":"TXN-',
        transactions["original_day"].dt.strftime("%Y%m%d"),
        f"-{day.world.tag}-",
        transactions["original_number"].cast(pl.String),
        '"}\n',
    )
    return _concatenate(
        _texts(transactions["payment_method"], '}],"payment_method":"', '","associate_id":"'),
        _texts(transactions["associate_id"], "", '","transaction_type":'),
        returned.fill_null('"sale","original_transaction_id":null}\n'),
    )


def render_events(day: PosDay, first: int, count: int) -> bytes:
    """A run of a day's transactions, from position `first` on, one JSON object a line (UTF-8)."""
    transactions = day.transactions.slice(first, count)
    if transactions.is_empty():
        return b""
    line_count = transactions["line_count"].to_numpy()
    skipped = int(day.transactions["line_count"].head(first).sum())
    lines = day.lines.slice(skipped, int(line_count.sum()))
    ends = np.cumsum(line_count)
    # A transaction's head stands before its first item, its tail behind its last one.
    before = np.zeros(len(lines), dtype=np.int64)
    before[ends - line_count] = np.arange(1, len(line_count) + 1)
    after = np.zeros(len(lines), dtype=np.int64)
    after[ends - 1] = np.arange(1, len(line_count) + 1)
    heads = pl.concat([pl.Series(["},{"]), _heads(day, transactions)])
    tails = pl.concat([pl.Series([""]), _tails(day, transactions)])
    text = _concatenate(
        heads.gather(before),
        _texts(lines["sku"], '"sku":"', '","qty":'),
        lines["qty"].cast(pl.String),
        _amount_texts(',"price":').gather(lines["price_cents"]),
        _amount_texts(',"discount":').gather(lines["discount_cents"]),
        _texts(lines["discount_type"], ',"discount_type":"', '","qty_requested":'),
        lines["qty_requested"].cast(pl.String),
        tails.gather(after),
    )
    return bytes(text.str.join("").cast(pl.Binary).item())


def total_events(day: PosDay, first: int, count: int) -> dict[str, Totals]:
    """Control totals of a run of a day's transactions, by transaction type."""
    transactions = day.transactions.slice(first, count)
    line_count = transactions["line_count"].to_numpy()
    skipped = int(day.transactions["line_count"].head(first).sum())
    lines = day.lines.slice(skipped, int(line_count.sum()))
    is_return = transactions["original_day"].is_not_null().to_numpy()
    is_returned = np.repeat(is_return, line_count)
    quantity = lines["qty"].to_numpy()
    net = quantity * (lines["price_cents"] - lines["discount_cents"]).to_numpy()
    totals = {}
    for name, sign, events, items in (
        ("sale", 1, ~is_return, ~is_returned),
        ("return", -1, is_return, is_returned),
    ):
        if events.any():
            totals[name] = Totals(
                int(events.sum()),
                int(items.sum()),
                sign * int(quantity[items].sum()),
                sign * int(net[items].sum()),
            )
    return totals


def make_files(world: World, day: date) -> Iterator[EventFile]:
    """The files of a business day: none without transactions, several where it has very many."""
    pos_day = simulate_day(world, day)
    total = len(pos_day.transactions)
    for part, start in enumerate(range(0, total, MAX_FILE_EVENTS), 1):
        stop = min(start + MAX_FILE_EVENTS, total)
        content = b"".join(
            render_events(pos_day, first, min(_RENDERED_AT_ONCE, stop - first))
            for first in range(start, stop, _RENDERED_AT_ONCE)
        )
        suffix = f"_{part:03d}" if total > MAX_FILE_EVENTS else ""
        name = f"pos_{day:%Y%m%d}_{world.tag}{suffix}.json"
        totals = total_events(pos_day, start, stop - start)
        yield EventFile(name, content, stop - start, totals)
