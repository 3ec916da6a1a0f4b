"""The answer key: what manifests say was done to events, held against what the pipeline found.

Only the manifests, the landed files and the tables are read, by plain queries that both engines
take: `rows` is whatever runs one and gives its rows.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml

from generators.damages import DEDUPLICATED, KEPT, QUARANTINED, WARNED
from generators.faults import KINDS, FaultRecord
from generators.faulty_batches import arrival_day
from generators.manifests import FOLDER, Manifest, read_manifest
from tests.support.duckdb_warehouse import ROOT, STREAMS, Row, Stream
from tests.support.oracle.audit import columns, oracle
from tests.support.oracle.contract_values import ZERO
from tests.support.oracle.inventory_movements import MovementRow
from tests.support.oracle.landed import parsed
from tests.support.oracle.master_data import MasterData

Rows: TypeAlias = Callable[[str], Iterable[Row]]

SALES = ("pos", "ecommerce")
"""Streams whose events have line items."""

ROWS_CHANGE = {"renamed_field"}
"""Kinds after which an event is kept, without a warning, but its rows are others.

So are those of a line item that is kept with another value.
"""

Key: TypeAlias = tuple[Any, ...]


class Delivery(NamedTuple):
    """A row of bronze."""

    file: str
    event_id: str | None
    is_rescued: bool


@dataclass
class Verdict:
    """Of each kind, how many faults were injected and how many found as they should be."""

    injected: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """What is there and should not be, or the other way round."""

    def __add__(self, other: "Verdict") -> "Verdict":
        """Both together."""
        return Verdict(
            self.injected + other.injected, self.found + other.found, self.wrong + other.wrong
        )

    def table(self) -> Iterator[str]:
        """A line for each kind."""
        for kind in KINDS:
            injected, found = self.injected[kind], self.found[kind]
            remark = "" if found == injected else "  <- differs"
            yield f"{kind:<24}{injected:>10,}{found:>10,}{remark}"


def deliveries(landing: Path, builds: int) -> list[list[Path]]:
    """The landed files of whole days, in the order of their arrival, as that many parts."""
    arriving: dict[Any, list[Path]] = defaultdict(list)
    for stream in STREAMS:
        for path in sorted((landing / stream).glob("[!_.]*.json")):
            arriving[arrival_day(path.name)].append(path)
    days = sorted(arriving)
    cuts = [len(days) * part // builds for part in range(builds + 1)]
    return [
        [path for day in days[start:end] for path in arriving[day]] for start, end in pairwise(cuts)
    ]


def check(
    landing: Path, sound_landing: Path, rows: Rows, master: MasterData | None = None
) -> Verdict:
    """Hold everything that was injected against bronze, silver, the quarantine and the facts.

    Args:
        landing: The landing folder with the faulted world's files and manifests, all loaded.
        sound_landing: A folder with the same world without faults.
        rows: Runs a query on the warehouse.
        master: The master data, by default the repository's.
    """
    manifests = [read_manifest(path) for path in sorted((landing / FOLDER).iterdir())]
    return sum(
        (_StreamCheck(stream, landing, manifests, rows).verdict() for stream in STREAMS.values()),
        Verdict(),
    ) + _facts_verdict(sound_landing, manifests, rows, master)


class _StreamCheck:
    """One stream's part."""

    def __init__(
        self, stream: Stream, landing: Path, manifests: Iterable[Manifest], rows: Rows
    ) -> None:
        self.stream = stream
        self.landing = landing
        self.manifests = [m for m in manifests if m.stream == stream.source]
        self.records = [record for m in self.manifests for record in m.fault_records]
        self.rows = rows
        self.bronze = [
            Delivery(file, event_id, is_rescued)
            for file, event_id, is_rescued in rows(
                f"select _source_file, {stream.id}, _rescued_data is not null from {stream.bronze}"
            )
        ]
        self.current = {
            event_id: file
            for event_id, file in rows(
                f"select {stream.id}, _source_file from {stream.deliveries}"
                " where verdict = 'current'"
            )
        }

    def verdict(self) -> Verdict:
        verdict = Verdict(Counter(record.kind for record in self.records))
        parts = (self._rejected, self._warned, self._rescued, self._deduplicated, self._kept)
        for part in parts:
            found, wrong = part()
            verdict.found += found
            verdict.wrong += [f"{self.stream.source}: {each}" for each in wrong]
        verdict.wrong += self._miscounted()
        return verdict

    def _of(self, *outcomes: str) -> list[FaultRecord]:
        return [record for record in self.records if record.outcome in outcomes]

    def _line(self, record: FaultRecord) -> bytes:
        assert record.line is not None
        return _lines(self.landing / record.file)[record.line - 1]

    def _rejected(self) -> tuple[Counter[str], list[str]]:
        """The quarantine has exactly the rejected events and line items, each for one reason."""

        def key(record: FaultRecord) -> Key:
            text = _text(self._line(record)) if record.expectation == "parsable" else None
            reasons = (record.expectation,)
            return record.file, record.event_id, record.line_number, reasons, text

        in_quarantine = Counter(
            (file, event_id, number, tuple(reasons), text if "parsable" in reasons else None)
            for file, event_id, number, reasons, text in self.rows(
                "select _source_file, event_id, line_number, failed_expectations, raw_content"
                f" from silver_quarantined_events where source = '{self.stream.source}'"
            )
        )
        return _match(self._of(QUARANTINED), lambda record: [key(record)], in_quarantine)

    def _warned(self) -> tuple[Counter[str], list[str]]:
        """The rows that break a warning's expectation are exactly those of the kept events."""
        number = "line_number" if self.stream.source in SALES else "null"
        of_each = (
            f"select '{expectation}', {self.stream.id}, {number} from {self.stream.silver}"
            f" where not coalesce({expression}, false)"
            for expectation, expression in _warnings(self.stream.silver)
        )
        breaking = Counter(map(tuple, self.rows(" union all ".join(of_each))))

        def keys(record: FaultRecord) -> list[Key]:
            places: list[int | None] = [record.line_number]
            if self.stream.source in SALES and record.line_number is None:
                event = parsed(self._line(record))
                assert event is not None
                places = list(range(1, len(event["items"]) + 1))
            return [(record.expectation, record.event_id, place) for place in places]

        return _match(self._of(WARNED), keys, breaking)

    def _rescued(self) -> tuple[Counter[str], list[str]]:
        """Exactly the fields that the contract does not know are rescued; the events count."""
        rescued = Counter((row.file, row.event_id) for row in self.bronze if row.is_rescued)
        records = [r for r in self._of("rescued") if r.event_id in self.current]
        return _match(records, lambda r: [(r.file, r.event_id)], rescued)

    def _deduplicated(self) -> tuple[Counter[str], list[str]]:
        """Bronze rows, less events, less rejected ones, are exactly what came again."""
        deliveries_of = Counter(row.event_id for row in self.bronze if row.event_id in self.current)
        again = Counter({event_id: n - 1 for event_id, n in deliveries_of.items() if n > 1})

        def keys(record: FaultRecord) -> list[Key]:
            if record.event_id is not None:
                return [(record.event_id,)]
            events = map(parsed, _lines(self.landing / record.file))
            return [(event[self.stream.id],) for event in events if event is not None]

        came_again = Counter({(event_id,): n for event_id, n in again.items()})
        return _match(self._of(DEDUPLICATED), keys, came_again)

    def _kept(self) -> tuple[Counter[str], list[str]]:
        """What does no harm is where it was written, and is the event that counts."""
        by_file = Counter(row.file for row in self.bronze)
        found: Counter[str] = Counter()
        for record in self._of("kept"):
            is_empty = record.line is None and by_file[record.file] == 0
            if is_empty or self.current.get(record.event_id) == record.file:
                found[record.kind] += 1
        return found, []

    def _miscounted(self) -> Iterator[str]:
        """Files of which bronze has another number of rows than the manifests have lines."""
        by_file = Counter(row.file for row in self.bronze)
        lines = {file.path: file.lines for m in self.manifests for file in m.files}
        for file in lines.keys() | by_file.keys():
            if lines.get(file) != by_file[file]:
                yield f"{file}: {lines.get(file)} lines, {by_file[file]} rows in bronze"
        (rejected,) = next(
            iter(
                self.rows(
                    "select count(*) from silver_quarantined_events"
                    f" where source = '{self.stream.source}' and line_number is null"
                )
            )
        )
        came_again = sum(
            1 if record.line else lines[record.file] for record in self._of(DEDUPLICATED)
        )
        unaccounted = len(self.bronze) - len(self.current) - rejected - came_again
        if unaccounted:
            yield f"{self.stream.source}: {unaccounted} rows of bronze are unaccounted for"


def _match(
    records: Iterable[FaultRecord], keys: Callable[[FaultRecord], list[Key]], there: Counter[Key]
) -> tuple[Counter[str], list[str]]:
    """Faults of each kind that are there with all of their keys, and what else is there."""
    left = Counter(there)
    found: Counter[str] = Counter()
    wrong = []
    for record in records:
        wanted = Counter(keys(record))
        if all(left[key] >= count for key, count in wanted.items()):
            left.subtract(wanted)
            found[record.kind] += 1
        else:
            wrong.append(f"not found: {record}")
    return found, [*wrong, *(f"not injected: {key}" for key in left.elements())]


def _facts_verdict(
    sound_landing: Path, manifests: Iterable[Manifest], rows: Rows, master: MasterData | None
) -> Verdict:
    """Events that count have the rows of the sound world, to the cent; rejected ones have none."""
    master = master or MasterData(ROOT / "seeds")
    truth = oracle(sound_landing, master=master)
    costless, moved = _movements_without_cost(manifests), "gold_inventory_movement_fact"
    truth[moved] = [
        _without_own_cost(row, master) if row.movement_id in costless else row
        for row in truth[moved]
    ]
    verdict = Verdict()
    for stream in STREAMS.values():
        records = [r for m in manifests if m.stream == stream.source for r in m.fault_records]
        is_line = stream.source in SALES
        names = columns(stream.fact)
        place = names.index(stream.fact_id)
        number = names.index("line_number") if is_line else None
        expected: dict[str, dict[Any, Row]] = defaultdict(dict)
        for fact_row in truth[stream.fact]:
            row = tuple(getattr(fact_row, name) for name in names)
            expected[row[place]][row[number] if number is not None else None] = row
        actual: dict[str, dict[Any, Row]] = defaultdict(dict)
        for row in map(tuple, rows(f"select {', '.join(names)} from {stream.fact}")):
            actual[row[place]][row[number] if number is not None else None] = row
        unread = 0
        others = set()
        for record in records:
            if record.event_id is None:
                unread += record.outcome == QUARANTINED and record.kind != "foreign_file"
            elif record.outcome == QUARANTINED and record.line_number is None:
                del expected[record.event_id]
            elif record.outcome == QUARANTINED:
                del expected[record.event_id][record.line_number]
            elif record.outcome == WARNED or _rows_change(record):
                others.add(record.event_id)
        lost = [
            event_id
            for event_id, event_rows in expected.items()
            if event_rows and event_id not in actual
        ]
        if len(lost) != unread:
            verdict.wrong.append(
                f"{stream.fact}: {len(lost)} events are lost, not {unread}: {lost[:9]}"
            )
        verdict.wrong += [
            f"{stream.fact}: {event_id} is {event_rows}, not {expected.get(event_id)}"
            for event_id, event_rows in actual.items()
            if event_id not in others and event_rows != expected.get(event_id)
        ]
    return verdict


def _movements_without_cost(manifests: Iterable[Manifest]) -> set[str | None]:
    """Movements whose own cost can't be read: they have that of the product."""
    records = [r for m in manifests if m.stream == "inventory" for r in m.fault_records]
    return {r.event_id for r in records if r.kind == "price_out_of_range"}


def _without_own_cost(row: MovementRow, master: MasterData) -> MovementRow:
    cost = master.unit_cost(row.sku, row.local_date) or ZERO
    return replace(row, unit_cost=cost, total_cost=row.quantity_change * cost)


def _rows_change(record: FaultRecord) -> bool:
    """Whether an event that is kept has other rows than that of the sound world."""
    is_item_kept = record.outcome == KEPT and record.line_number is not None
    return is_item_kept or record.kind in ROWS_CHANGE


@cache
def _warnings(model: str) -> list[tuple[str, str]]:
    """Bare names and expressions of a model's expectations that only warn."""
    files = (ROOT / "models" / "silver").rglob("*__models.yml")
    models = [each for file in files for each in yaml.safe_load(file.read_text())["models"]]
    (tests,) = (each["data_tests"] for each in models if each["name"] == model)
    expectations = [each["expectation"] for each in tests if "expectation" in each]
    return [
        (each["name"].partition("__")[2], each["arguments"]["expression"])
        for each in expectations
        if each["arguments"]["action"] == "warn"
    ]


@cache
def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def _text(line: bytes) -> str:
    """A line as the quarantine has it: what is not UTF-8 byte for byte."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
