import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from generators import inventory_json
from generators.streams import STREAMS
from generators.world import World

Event = dict[str, Any]

BIG = World(7, 40.0)
"""For shares and means."""

CHECKED = World(7, 6.0)
"""For looking at each event."""

SMALL = World(11, 1.0)
"""For several days."""

TINY = World(5, 0.3)
"""For landing folders."""

SALE_DAY = date(2025, 11, 12)
PLAIN_DAY = date(2025, 10, 15)
THREE_DAYS = [date(2025, 12, day) for day in (27, 28, 29)]
WEEK = [date(2025, 11, 27) + timedelta(days=offset) for offset in range(8)]
"""A Thursday and the days after it: a Sunday, a Monday and the first of a month are among them."""


@dataclass(frozen=True)
class DayEvents:
    """What a reader of the files of a day sees."""

    day: date
    pos: list[Event]
    ecommerce: list[Event]
    inventory: list[Event]
    clickstream: list[Event]


def read_content(world: World, day: date, stream: str) -> bytes:
    return b"".join(file.content for file in STREAMS[stream](world, day))


def read_day(world: World, day: date, stream: str = "pos") -> list[Event]:
    """The events of a day, as any reader of its files would see them."""
    return [json.loads(line) for line in read_content(world, day, stream).decode().splitlines()]


@lru_cache(maxsize=6)
def read_frame(world: World, day: date, stream: str) -> pl.DataFrame:
    """The same as a frame, for shares and means; kept for the next test that asks for it."""
    content = io.BytesIO(read_content(world, day, stream))
    return pl.read_ndjson(content, infer_schema_length=None)


def read_opening(world: World, day: date) -> list[Event]:
    content = inventory_json.make_opening_file(world, day).content
    return [json.loads(line) for line in content.splitlines()]


def read_week(world: World) -> Iterator[DayEvents]:
    for day in WEEK:
        yield DayEvents(day, *(read_day(world, day, stream) for stream in STREAMS))


def instant(event: Event) -> datetime:
    return datetime.strptime(event["timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def business_day(event: Event) -> date:
    """The day to which the event belongs by its time."""
    return instant(event).astimezone(ZoneInfo("America/Los_Angeles")).date()


def day_of(identifier: str) -> date:
    """The day in an id."""
    return datetime.strptime(identifier.split("-")[1], "%Y%m%d").date()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
