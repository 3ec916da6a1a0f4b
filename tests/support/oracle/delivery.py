"""What becomes of each delivery: an event counts once, and one of several under an id."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

from tests.support.oracle.contract_values import micros
from tests.support.oracle.events import Click, Movement, Order, Sale
from tests.support.oracle.landed import Line, landed_lines

E = TypeVar("E", Sale, Order, Movement, Click)

STREAMS: tuple[type[Any], ...] = (Sale, Order, Movement, Click)

CLOCK_NOT_BEFORE = datetime(2026, 3, 1)
MAX_FUTURE = timedelta(hours=24)
NO_LIMIT = datetime.max
"""Of a warehouse with `max_future_hours: null`."""


def latest_believable() -> datetime:
    """No event is dated later than this; files of a test arrive as it asks."""
    return max(datetime.now(UTC).replace(tzinfo=None), CLOCK_NOT_BEFORE) + MAX_FUTURE


class Verdict(StrEnum):
    """What becomes of a delivery."""

    CURRENT = "current"
    """The first delivery of the version that wins its id."""
    CORRECTED = "corrected"
    """The first delivery of a version that the winner corrects."""
    SUPERSEDED = "superseded"
    """The first delivery of any other version that loses; it stands in the quarantine."""
    DUPLICATE = "duplicate"
    """A later delivery of a version."""
    REJECTED = "rejected"
    """No valid event."""


@dataclass(frozen=True)
class Delivered(Generic[E]):
    """An event in a file; none where the line is no valid event of its stream."""

    file: str
    """Path of the file, relative to the landing folder."""
    event: E | None


@dataclass(frozen=True)
class Version(Generic[E]):
    """One of the valid events under an id."""

    event: E
    first_file: str
    """The smallest path of those that it came in."""

    @property
    def precedence(self) -> tuple[datetime, datetime, str, str]:
        """The greatest one wins its id."""
        event = self.event
        return last_changed(event), event.at, self.first_file, md5_of(event)

    def is_corrected_by(self, winner: "Version[E]") -> bool:
        """Whether the winner says of the same moment and place what is right."""
        mine, its = self.event, winner.event
        return (
            its.updated_at is not None
            and its.updated_at > last_changed(mine)
            and its.at == mine.at
            and its.place == mine.place
        )


def last_changed(event: Sale | Order | Movement | Click) -> datetime:
    return event.updated_at or event.at


def md5_of(event: Sale | Order | Movement | Click) -> str:
    return hashlib.md5(contract_text(event).encode()).hexdigest()


def contract_text(value: Any) -> str:
    """The typed values of an event or line item in the order of the contract, each with its length.

    No two different events have one text.
    """
    return "".join(_with_length(getattr(value, field.name)) for field in fields(value))


def _with_length(value: Any) -> str:
    """The length in bytes, a colon, the value; `-` where it is missing."""
    if value is None:
        return "-"
    text = _as_text(value)
    return f"{len(text.encode())}:{text}"


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return str(micros(value))
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return "".join(_with_length(element) for element in value)
    if is_dataclass(value):
        return contract_text(value)
    return str(value)


def delivered(
    stream: type[E], lines: Iterable[Line], latest: datetime | None = None
) -> list[Delivered[E]]:
    """What lines are to a stream that takes no event dated after `latest`."""
    latest = latest or latest_believable()
    return [
        Delivered(file, None if json is None else believed(stream.read(json), latest))
        for file, json in lines
    ]


def believed(event: E | None, latest: datetime) -> E | None:
    """None of what is dated after `latest`, or was changed after it."""
    return None if event is None or max(event.at, last_changed(event)) > latest else event


def valid_events(deliveries: Iterable[Delivered[E]]) -> list[E]:
    """The valid events, redeliveries and losing versions among them."""
    return [each.event for each in deliveries if each.event is not None]


def winning_versions(deliveries: Iterable[Delivered[E]]) -> dict[str, Version[E]]:
    """The version of each id that counts."""
    first_files: dict[E, str] = {}
    for file, event in ((each.file, each.event) for each in deliveries):
        if event is not None:
            first_files[event] = min(file, first_files.get(event, file))
    versions: dict[str, list[Version[E]]] = defaultdict(list)
    for event, first_file in first_files.items():
        versions[event.id].append(Version(event, first_file))
    return {
        id_: max(rivals, key=lambda version: version.precedence) for id_, rivals in versions.items()
    }


def winners(deliveries: Iterable[Delivered[E]]) -> list[E]:
    """The event of each id that counts."""
    return [version.event for version in winning_versions(deliveries).values()]


def verdicts(deliveries: Sequence[Delivered[E]]) -> list[Verdict]:
    """What becomes of each of these deliveries, which stand in the order of their arrival."""
    winning = winning_versions(deliveries)
    seen: set[E] = set()
    found = []
    for event in (each.event for each in deliveries):
        if event is None:
            found.append(Verdict.REJECTED)
        elif event in seen:
            found.append(Verdict.DUPLICATE)
        elif event == winning[event.id].event:
            found.append(Verdict.CURRENT)
        elif Version(event, "").is_corrected_by(winning[event.id]):
            found.append(Verdict.CORRECTED)
        else:
            found.append(Verdict.SUPERSEDED)
        if event is not None:
            seen.add(event)
    return found


def verdicts_by_file(
    landing: Path, loads: Sequence[Iterable[str]] = ()
) -> dict[str, Counter[Verdict]]:
    """How many lines of each file have each verdict; files without lines are left out.

    Args:
        landing: The landing folder.
        loads: Paths of the files of each load, relative to the landing folder; those that are in
            none come last, together. Only which delivery stands for its version depends on it.
    """
    load_of = {file: number for number, files in enumerate(loads) for file in files}

    def arrival(line: Line) -> tuple[int, str]:
        return load_of.get(line.file, len(loads)), line.file

    counts: dict[str, Counter[Verdict]] = defaultdict(Counter)
    for stream in STREAMS:
        lines = sorted(landed_lines(landing, stream.source), key=arrival)
        for line, verdict in zip(lines, verdicts(delivered(stream, lines)), strict=True):
            counts[line.file][verdict] += 1
    return dict(counts)
