"""Which events count: each once however often it comes, and one of several under an id."""

import hashlib
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from tests.oracle.contract_values import micros
from tests.oracle.events import Click, Json, Movement, Order, Sale
from tests.oracle.landed import landed_events

E = TypeVar("E", Sale, Order, Movement, Click)


def events_that_count(landing: Path, stream: type[E]) -> list[E]:
    """The winners among the valid events of a stream in a landing folder."""
    return winners(valid_events(stream, landed_events(landing, stream.source)))


def valid_events(stream: type[E], events: Iterable[Json]) -> list[E]:
    """What is left when events that can't be used are dropped."""
    return [read for event in events if (read := stream.read(event)) is not None]


def winners(events: Iterable[E]) -> list[E]:
    """Of valid events, redeliveries among them, the one of each id that counts."""
    versions: dict[str, set[E]] = {}
    for event in events:
        versions.setdefault(event.id, set()).add(event)
    return [max(rivals, key=precedence) for rivals in versions.values()]


def precedence(event: E) -> tuple[datetime, str]:
    """The later event wins, ties by the greater md5 of the typed values joined by `|`."""
    return event.at, hashlib.md5(joined(event).encode()).hexdigest()


def joined(value: Any) -> str:
    """Typed values as one text; a missing one is empty, an instant its microseconds."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return str(micros(value))
    if isinstance(value, tuple):
        return "|".join(joined(element) for element in value)
    if is_dataclass(value):
        return "|".join(joined(getattr(value, field.name)) for field in fields(value))
    return str(value)
