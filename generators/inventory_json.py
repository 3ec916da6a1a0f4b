"""Movements of stock as newline-delimited JSON, as the event contract defines it."""

from collections.abc import Iterator
from datetime import date
from functools import cache

import numpy as np
import polars as pl

from generators.business_day import get_start
from generators.inventory import (
    ADJUSTMENT,
    MOVEMENT_TYPES,
    REASON_CODES,
    REFERENCE_PREFIXES,
    Movements,
)
from generators.json_text import (
    fill_in,
    instants,
    join,
    look_up,
    make_event_files,
    numbers,
    put_together,
    wrapped_texts,
)
from generators.landing import EventFile
from generators.master_data import ACTIVE_PRODUCTS, ACTIVE_SKUS, ALL_LOCATION_IDS
from generators.simulation import get_opening_stock, simulate_day
from generators.totals import Totals
from generators.world import World


@cache
def _cost_texts() -> pl.Series:
    """The end of an event, by product."""
    return pl.Series([f',"cost_per_unit":{product.unit_cost}}}\n' for product in ACTIVE_PRODUCTS])


def _render(
    world: World, day: date, kind_of_number: str, first: int, moves: Movements
) -> pl.Series:
    """The text of movements of a day, the first of which has the number `first`."""
    mark = f"{day:%Y%m%d}-{world.tag}-"
    references = pl.Series([*(f'"{prefix}-{mark}' for prefix in REFERENCE_PREFIXES), "null"])
    has_reference = moves.reference >= 0
    referred = put_together([numbers(moves.reference_number[has_reference]), '"'])
    return put_together(
        [
            f'{{"movement_id":"INV-{mark}{kind_of_number}',
            numbers(first + np.arange(len(moves.kind))),
            look_up(
                wrapped_texts(MOVEMENT_TYPES, '","movement_type":"', '","timestamp":"'), moves.kind
            ),
            *instants(day, moves.instant),
            look_up(
                wrapped_texts(ALL_LOCATION_IDS, '","location_id":"', '","sku":"'), moves.location
            ),
            look_up(wrapped_texts(ACTIVE_SKUS, "", '","quantity":'), moves.product),
            numbers(moves.quantity),
            look_up(
                wrapped_texts(REASON_CODES, ',"reason_code":"', '","reference_id":'), moves.reason
            ),
            look_up(references, moves.reference % (len(REFERENCE_PREFIXES) + 1)),
            fill_in(has_reference, referred, ""),
            look_up(_cost_texts(), moves.product),
        ]
    )


def _count(moves: Movements) -> dict[str, Totals]:
    """Control totals of movements, by their type."""
    events = np.bincount(moves.kind, minlength=len(MOVEMENT_TYPES)).tolist()
    pieces = np.bincount(moves.kind, moves.quantity, minlength=len(MOVEMENT_TYPES)).tolist()
    return {
        name: Totals(count, quantity=int(quantity))
        for name, count, quantity in zip(MOVEMENT_TYPES, events, pieces, strict=True)
        if count
    }


def make_files(world: World, day: date) -> Iterator[EventFile]:
    """The files of a business day's movements."""
    moves = simulate_day(world, day).movements
    return make_event_files(
        "inventory",
        world,
        day,
        len(moves.kind),
        lambda start, stop: _render(world, day, "", start + 1, moves.slice(start, stop)),
        lambda start, stop: _count(moves.slice(start, stop)),
    )


def make_opening_file(world: World, day: date) -> EventFile:
    """Stock on the morning of a business day, as counts before anything else happens."""
    stock = get_opening_stock(world, day)
    location, product = np.nonzero(stock)
    counts = Movements(
        *(
            np.broadcast_to(column, product.shape)
            for column in (
                ADJUSTMENT,
                get_start(day),
                location,
                product,
                stock[location, product],
                REASON_CODES.index("CYCLE_COUNT"),
                -1,
                0,
            )
        )
    )
    content = join(_render(world, day, "O", 1, counts))
    name = f"opening_{day:%Y%m%d}_{world.tag}.json"
    return EventFile(name, content, len(product), _count(counts))
