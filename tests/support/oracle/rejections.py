"""What does not get into silver, and so must be in the quarantine."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from tests.support.oracle.contract_values import typed_text
from tests.support.oracle.delivery import STREAMS, E, Verdict, contract_text, delivered, verdicts
from tests.support.oracle.events import Click, Movement, Order, Sale
from tests.support.oracle.landed import Line, landed_lines
from tests.support.oracle.sales_lines import sold_items

Rejection: TypeAlias = tuple[str, str | None, int | None]
"""Stream, event id and the position of a line item."""
SupersededVersion: TypeAlias = tuple[str, str, str]
"""Stream, event id and all typed values."""


def rejections(landing: Path, latest: datetime | None = None) -> Counter[Rejection]:
    """How many rows the quarantine must have of each event and line item of a landing folder."""
    return Counter(each for stream in STREAMS for each in _rejections_of(stream, landing, latest))


def superseded_versions(
    landing: Path, latest: datetime | None = None
) -> Counter[SupersededVersion]:
    """The versions that lost and were not corrected: the quarantine has the content of each."""
    return Counter(
        version_of(event)
        for stream in STREAMS
        for _, event, verdict in _judged(stream, landing, latest)
        if event is not None and verdict is Verdict.SUPERSEDED
    )


def version_of(event: Sale | Order | Movement | Click) -> SupersededVersion:
    return event.source, event.id, contract_text(event)


def _rejections_of(stream: type[E], landing: Path, latest: datetime | None) -> Iterator[Rejection]:
    """Of one stream: each unusable line, each version superseded, each bad item of a winner."""
    for line, event, verdict in _judged(stream, landing, latest):
        if event is None:
            yield stream.source, typed_text((line.event or {}).get(stream.id_field)), None
        elif verdict is Verdict.SUPERSEDED:
            yield stream.source, event.id, None
        elif verdict is Verdict.CURRENT and isinstance(event, Sale | Order):
            kept = {item.position for item in sold_items(event)}
            for position in range(1, len(event.items) + 1):
                if position not in kept:
                    yield stream.source, event.id, position


def _judged(
    stream: type[E], landing: Path, latest: datetime | None
) -> Iterator[tuple[Line, E | None, Verdict]]:
    """The lines of a stream, what they are to it and what becomes of them."""
    lines = list(landed_lines(landing, stream.source))
    deliveries = delivered(stream, lines, latest)
    for line, each, verdict in zip(lines, deliveries, verdicts(deliveries), strict=True):
        yield line, each.event, verdict
