"""Events as newline-delimited JSON, put together from columns of text.

What repeats (a product, an amount, a minute of the day) is written out once and looked up for each
row. Rows of line items become events by heads and tails: an event's head stands before its first
item, its tail behind its last one. Nothing here escapes anything: ids and codes are plain ASCII,
and so are the few longer texts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache

import numpy as np
import polars as pl

from generators.baskets import DISCOUNT_TYPES, PRICE_CENTS, Baskets
from generators.business_day import MINUTE_MS, Flags, Ints
from generators.landing import EventFile
from generators.master_data import ACTIVE_PRODUCTS, ACTIVE_SKUS
from generators.totals import Totals
from generators.world import World

MAX_FILE_EVENTS = 100_000
"""The most events in a file."""

_RENDERED_AT_ONCE = 10_000  # keeps the text of one run in the processor's cache
_DAY_MS = 86_400_000


@cache
def _clock_texts() -> pl.Series:
    """`THH:MM:` of each minute of a day."""
    return pl.Series([f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440)])


@lru_cache(maxsize=2)
def _minute_texts(day: date) -> pl.Series:
    """`YYYY-MM-DDTHH:MM:` of each minute of a UTC day and the next one."""
    days = [put_together([str(day + timedelta(days=later)), _clock_texts()]) for later in (0, 1)]
    return pl.concat(days)


@cache
def _second_texts() -> pl.Series:
    """`SS.mmmZ` of each millisecond of a minute."""
    return pl.Series([f"{ms // 1000:02d}.{ms % 1000:03d}Z" for ms in range(MINUTE_MS)])


@cache
def _amount_texts(before: str) -> pl.Series:
    """A literal and `D.CC`, for each amount of cents up to the most expensive product's price."""
    highest = max(int(product.base_price * 100) for product in ACTIVE_PRODUCTS)
    return pl.Series([f"{before}{cents // 100}.{cents % 100:02d}" for cents in range(highest + 1)])


@cache
def wrapped_texts(texts: tuple[str, ...], before: str, after: str) -> pl.Series:
    """Each text between two literals."""
    return pl.Series([f"{before}{text}{after}" for text in texts])


def look_up(texts: pl.Series, codes: Ints) -> pl.Series:
    """The text of each code."""
    return texts[pl.Series(codes.astype(np.uint32))]  # faster than gather, which is planned first


def numbers(values: Ints) -> pl.Series:
    """Whole numbers as text."""
    return pl.Series(values).cast(pl.String)


def instants(day: date, instant: Ints) -> list[pl.Series]:
    """Instants (ms since 1970, UTC) of a business day, which ends on the next UTC day."""
    since_midnight = instant - (day - date(1970, 1, 1)).days * _DAY_MS
    minute, rest = np.divmod(since_midnight, MINUTE_MS)
    return [look_up(_minute_texts(day), minute), look_up(_second_texts(), rest)]


def put_together(pieces: Sequence[pl.Series | str]) -> pl.Series:
    """Columns of text and literals, row by row; null where a column is null."""
    return pl.select(pl.concat_str([pl.lit(piece) for piece in pieces])).to_series()


def fill_in(rows: Flags, texts: pl.Series, otherwise: str) -> pl.Series:
    """The texts one after the other in the chosen rows, and the same text in all others."""
    codes = np.where(rows, np.cumsum(rows), 0)
    return look_up(pl.concat([pl.Series([otherwise]), texts]), codes)


def put_items_together(heads: pl.Series, baskets: Baskets, tails: pl.Series) -> pl.Series:
    """Events with line items: rows of items, joined where they stand.

    A head ends with the `[{` before the first item, a tail starts with the `}]` after the last one.
    """
    ends = np.cumsum(baskets.size)
    event = np.arange(1, len(ends) + 1)
    before = np.zeros(len(baskets.product), dtype=np.int64)
    before[ends - baskets.size] = event
    after = np.zeros(len(baskets.product), dtype=np.int64)
    after[ends - 1] = event
    return put_together(
        [
            look_up(pl.concat([pl.Series(["},{"]), heads]), before),
            look_up(wrapped_texts(ACTIVE_SKUS, '"sku":"', '","qty":'), baskets.product),
            numbers(baskets.quantity),
            look_up(_amount_texts(',"price":'), PRICE_CENTS[baskets.product]),
            look_up(_amount_texts(',"discount":'), baskets.discount),
            look_up(
                wrapped_texts(DISCOUNT_TYPES, ',"discount_type":"', '","qty_requested":'),
                baskets.discount_type,
            ),
            numbers(baskets.wanted),
            look_up(pl.concat([pl.Series([""]), tails]), after),
        ]
    )


def count_baskets(baskets: Baskets, sign: int = 1) -> Totals:
    """Control totals of sales, or of returns with the sign -1."""
    net = baskets.quantity * (PRICE_CENTS[baskets.product] - baskets.discount)
    return Totals(
        len(baskets.number),
        len(baskets.product),
        sign * int(baskets.quantity.sum()),
        sign * int(net.sum()),
    )


def join(rows: pl.Series) -> bytes:
    """The rows as one text."""
    return bytes(rows.str.join("").cast(pl.Binary).item())


def make_event_files(
    stream: str,
    world: World,
    day: date,
    total: int,
    render: Callable[[int, int], pl.Series],
    count: Callable[[int, int], Mapping[str, Totals]],
) -> Iterator[EventFile]:
    """The files of a stream's day: none without events, several where there are many.

    Args:
        stream: Name of the stream.
        world: The world.
        day: The business day.
        total: Number of events of the day.
        render: Makes the text of the events from a position up to, but not including, another.
        count: Adds up the same events.
    """
    for part, start in enumerate(range(0, total, MAX_FILE_EVENTS), 1):
        stop = min(start + MAX_FILE_EVENTS, total)
        content = b"".join(
            join(render(first, min(first + _RENDERED_AT_ONCE, stop)))
            for first in range(start, stop, _RENDERED_AT_ONCE)
        )
        suffix = f"_{part:03d}" if total > MAX_FILE_EVENTS else ""
        name = f"{stream}_{day:%Y%m%d}_{world.tag}{suffix}.json"
        yield EventFile(name, content, stop - start, count(start, stop))
