"""A batch with faults in it: its files, damaged, and what was done to them.

The same batch at the same rates gets the same faults wherever and however it is made: each is
drawn by the position of its event in the day of its stream.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from generators.damages import (
    DEDUPLICATED,
    Choices,
    Outcome,
    corrupt,
    kept,
    quarantined,
    respelt,
    truncated,
)
from generators.faults import (
    CORRUPT_LINE,
    DUPLICATE_EVENT,
    DUPLICATE_FILE,
    EMPTY_FILE,
    FOREIGN_FILE,
    ID_FIELDS,
    LATE_EVENT,
    OUT_OF_ORDER,
    TRUNCATED_LINE,
    FaultRecord,
    Faults,
    Kind,
)
from generators.landing import EventFile
from generators.randomness import Draws
from generators.totals import count_events, exchange
from generators.world import World

LAGS = (1, 2, 7, 30, 60)
"""Delays of late events and duplicates in days; 1 day after a late evening is only hours."""

FOREIGN_CONTENT = b"<html>\n<body>503 Service Unavailable</body>\n</html>\n"

deduplicated = Outcome(DEDUPLICATED)


@dataclass(slots=True)
class _Line:
    """A line of a file that is being made, and its fault."""

    content: bytes
    kind: str
    event_id: str | None
    outcome: Outcome


class FaultyBatch:
    """A batch as faulty writers and transports deliver it.

    Attributes:
        name: Its name, which those of its files start with.
        records: Every fault in the files that have been made so far.
    """

    def __init__(
        self, faults: Faults, stream: str, world: World, day: date, sound_name: str
    ) -> None:
        """Name the batch after the undamaged one, `<what>_<day>_<the world's tag>`."""
        self.name = f"{sound_name}{faults.tag}"
        self.records: list[FaultRecord] = []
        self._sound_name = sound_name
        self._stream = stream
        self._day = day
        self._kinds = faults.of_events(stream)
        self._file_rates = dict(faults.rates)
        what = sound_name.partition("_")[0]
        self._draws = Draws("faults", world.seed, float(world.scale), what)
        self._later: dict[tuple[str, date], list[_Line]] = {}

    def make_files(self, sound: Iterable[EventFile]) -> Iterator[EventFile]:
        """The undamaged batch's files, damaged, and the files that come with and after them."""
        first_row = 0
        number = -1
        for number, file in enumerate(sound):
            file = replace(file, name=file.name.replace(self._sound_name, self.name, 1))
            if self._befalls_file(DUPLICATE_FILE, number):
                yield file
                yield self._copy(file)
            else:
                yield self._damage(file, first_row)
            first_row += file.events
        if self._befalls_file(EMPTY_FILE, number + 1):
            yield self._beside("empty", b"", EMPTY_FILE, kept)
        if self._befalls_file(FOREIGN_FILE, number + 1):
            yield self._beside("foreign", FOREIGN_CONTENT, FOREIGN_FILE, quarantined("parsable"))
        for (what, arrival), lines in sorted(self._later.items()):
            yield self._make_late_file(f"{self.name}_{what}_{arrival:%Y%m%d}.json", lines)

    def _befalls_file(self, kind: str, number: int) -> bool:
        draw = self._draws.uniform(kind, np.array([number]), self._day.toordinal())
        return bool(draw[0] < self._file_rates.get(kind, 0))

    def _record(self, file: str, line: int | None, fault: _Line) -> None:
        outcome = fault.outcome
        self.records.append(
            FaultRecord(
                fault.kind,
                f"{self._stream}/{file}",
                line,
                fault.event_id,
                outcome.line_number,
                outcome.name,
                outcome.expectation,
            )
        )

    def _copy(self, file: EventFile) -> EventFile:
        """The same file under another name."""
        name = file.name.replace(".json", "_copy.json")
        self._record(name, None, _Line(b"", DUPLICATE_FILE, None, deduplicated))
        return EventFile(name, file.content, 0, {})

    def _beside(self, what: str, content: bytes, kind: str, outcome: Outcome) -> EventFile:
        """A file without events; a fault a line, or one where it has none."""
        name = f"{self.name}_{what}.json"
        for line in range(1, content.count(b"\n") + 1) or (None,):
            self._record(name, line, _Line(b"", kind, None, outcome))
        return EventFile(name, content, 0, {})

    def _make_late_file(self, name: str, lines: list[_Line]) -> EventFile:
        for number, line in enumerate(lines, 1):
            self._record(name, number, line)
        own = [line.content for line in lines if line.kind == LATE_EVENT]
        content = b"".join(line.content + b"\n" for line in lines)
        return EventFile(name, content, len(own), count_events(self._stream, own))

    def _damage(self, file: EventFile, first_row: int) -> EventFile:
        """A file with the drawn faults in its events."""
        rows, kinds, bits = self._draw(first_row, file.events)
        if not rows:
            return file
        lines = file.content.split(b"\n")[:-1]
        written: list[bytes] = []
        moved: list[_Line] = []
        before: list[bytes] = []
        after: list[bytes] = []
        start = 0
        for row, kind, choices in zip(rows, kinds, map(Choices, bits), strict=True):
            line = lines[row]
            fault = self._befall(kind, line, choices)
            if fault is None:
                continue
            written += lines[start:row]
            start = row + 1
            if kind.name == OUT_OF_ORDER:
                moved.append(fault)
                continue
            if kind.name == LATE_EVENT:
                before.append(line)
                self._deliver_later("late", fault, choices)
                continue
            if kind.name == DUPLICATE_EVENT:
                written.append(line)
                self._deliver_later("again", fault, choices)
                continue
            before.append(line)
            after.append(fault.content)
            written.append(fault.content)
            self._record(file.name, len(written), fault)
        written += lines[start:]
        for fault in reversed(moved):
            written.append(fault.content)
            self._record(file.name, len(written), fault)
        totals = exchange(
            file.totals, count_events(self._stream, before), count_events(self._stream, after)
        )
        content = b"".join(line + b"\n" for line in written)
        events = sum(part.events for part in totals.values())
        return EventFile(file.name, content, events, totals)

    def _draw(self, first_row: int, count: int) -> tuple[list[int], list[Kind], list[int]]:
        """The rows of a file that get faults, their kinds, and bits to choose by."""
        limits = np.cumsum([rate for _, rate in self._kinds])
        day = self._day.toordinal()
        rows = np.arange(first_row, first_row + count)
        drawn = np.searchsorted(limits, self._draws.uniform("kind", rows, day), side="right")
        chosen = np.flatnonzero(drawn < len(limits))
        kinds = [self._kinds[number][0] for number in drawn[chosen].tolist()]
        bits = self._draws.bits("choices", rows[chosen], day)
        return chosen.tolist(), kinds, bits.tolist()

    def _befall(self, kind: Kind, line: bytes, choices: Choices) -> _Line | None:
        """An event with a fault; None where the event has nothing to damage."""
        id_field = ID_FIELDS[self._stream]
        if kind.name == TRUNCATED_LINE:
            return _Line(truncated(line, choices), kind.name, None, quarantined("parsable"))
        if kind.name == CORRUPT_LINE:
            return _Line(corrupt(line, choices), kind.name, None, quarantined("parsable"))
        event = json.loads(line)
        if kind.damages is None:
            is_again = kind.name == DUPLICATE_EVENT
            content = respelt(line, choices) if is_again else line
            return _Line(content, kind.name, event[id_field], deduplicated if is_again else kept)
        outcome = choices.pick(kind.damages[self._stream])(event, choices)
        if outcome is None:
            return None
        content = json.dumps(event, separators=(",", ":")).encode()
        return _Line(content, kind.name, event.get(id_field) or None, outcome)

    def _deliver_later(self, what: str, fault: _Line, choices: Choices) -> None:
        arrival = self._day + timedelta(days=choices.pick(LAGS))
        self._later.setdefault((what, arrival), []).append(fault)


def arrival_day(name: str) -> date:
    """The day on which a file arrives, from its name; a late file's name ends with it.

    Raises:
        ValueError: The name is not that of a file of a whole day.
    """
    match = re.fullmatch(r"[a-z]+_([0-9]{8})_.*?(?:_(?:late|again)_([0-9]{8}))?\.json", name)
    if match is None:
        raise ValueError(f"{name!r} is not a file of a day")
    return datetime.strptime(match[2] or match[1], "%Y%m%d").date()
