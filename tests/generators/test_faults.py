import json
from collections import Counter, defaultdict
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from generators.cli import main
from generators.damages import WARNED
from generators.faults import ID_FIELDS, KINDS, NO_FAULTS, FaultRecord, Faults
from generators.faulty_batches import arrival_day
from generators.manifests import FOLDER, Manifest, read_manifest
from generators.streams import STREAMS, land_days
from generators.totals import Totals
from generators.world import World
from tests.support.generated_days import THREE_DAYS, TINY, contents
from tests.support.oracle.contract_values import to_cents, typed_integer, typed_unit_amount
from tests.support.oracle.landed import parsed

ALL_KINDS = Faults.of({name: 0.3 if kind.is_of_file else 0.02 for name, kind in KINDS.items()})
QUICK = ["generate", "--days", "4", "--scale", "0.1", "--faults", "0.03"]


def land(landing: Path, faults: Faults, world: World = TINY) -> Path:
    list(land_days(landing, list(STREAMS), world, THREE_DAYS, 1, True, faults))
    return landing


def read_manifests(landing: Path) -> list[Manifest]:
    return [read_manifest(path) for path in sorted((landing / FOLDER).iterdir())]


@cache
def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def records_of(landing: Path) -> list[FaultRecord]:
    return [record for m in read_manifests(landing) for record in m.fault_records]


def all_lines(landing: Path) -> list[bytes]:
    return [
        line
        for stream in STREAMS
        for path in (landing / stream).iterdir()
        for line in lines_of(path)
    ]


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return land(tmp_path_factory.mktemp("faulted"), ALL_KINDS)


@pytest.fixture(scope="module")
def manifests(landing: Path) -> list[Manifest]:
    return read_manifests(landing)


@pytest.fixture(scope="module")
def records(manifests: list[Manifest]) -> list[FaultRecord]:
    return [record for manifest in manifests for record in manifest.fault_records]


def test_every_kind_happens_and_no_event_has_two_faults(records: list[FaultRecord]) -> None:
    assert {record.kind for record in records} == KINDS.keys()
    ids = Counter(record.event_id for record in records if record.event_id is not None)
    assert max(ids.values()) == 1


def test_a_record_names_the_line_and_the_event(landing: Path, records: list[FaultRecord]) -> None:
    for record in records:
        lines = lines_of(landing / record.file)
        if record.line is None:
            assert KINDS[record.kind].is_of_file
            continue
        event = parsed(lines[record.line - 1])
        id_field = ID_FIELDS[record.file.partition("/")[0]]
        assert record.event_id == ((event or {}).get(id_field) or None)
        assert (event is None) == (record.expectation == "parsable")


def test_a_manifest_names_each_file_of_its_batch(landing: Path, manifests: list[Manifest]) -> None:
    named = set()
    for manifest in manifests:
        for file in manifest.files:
            data = (landing / file.path).read_bytes()
            lines = [line for line in data.split(b"\n") if line.strip()]
            assert (file.lines, file.size) == (len(lines), len(data))
            assert file.sha256 == sha256(data).hexdigest()
            assert Path(file.path).name.startswith(manifest.batch)
            named.add(landing / file.path)
    assert named == {path for stream in STREAMS for path in (landing / stream).iterdir()}


def test_a_manifest_is_read_as_it_was_written(landing: Path, manifests: list[Manifest]) -> None:
    for manifest in manifests:
        assert manifest.faults == ALL_KINDS
        assert manifest.render() == (landing / FOLDER / manifest.name).read_bytes()


def figures(stream: str, event: dict[str, Any]) -> tuple[str, Totals]:
    """Type and totals of an event, damaged or not, by the values that the contract reads."""
    field = {"pos": "transaction_type", "inventory": "movement_type", "clickstream": "event_type"}
    kind = event.get(field[stream]) if stream in field else "order"
    if stream in ("pos", "ecommerce"):
        items = event.get("items")
        items = items if isinstance(items, list) else []
        quantity, net = 0, Decimal(0)
        for item in items:
            sold, price = typed_integer(item.get("qty")), typed_unit_amount(item.get("price"))
            if sold is not None and price is not None:
                sold = -abs(sold) if kind == "return" else sold
                discount = typed_unit_amount(item.get("discount")) or Decimal(0)
                quantity += sold
                net += to_cents(sold * price) - to_cents(sold * discount)
        return str(kind), Totals(1, len(items), quantity, int(net * 100))
    moved = (typed_integer(event.get("quantity")) or 0) if stream == "inventory" else 0
    if kind in ("transfer_out", "sale"):
        moved = -abs(moved)
    elif kind in ("transfer_in", "receipt", "return"):
        moved = abs(moved)
    return kind if isinstance(kind, str) and kind else "unknown", Totals(1, quantity=moved)


def test_the_totals_are_what_a_reader_counts_each_event_once(
    landing: Path, manifests: list[Manifest]
) -> None:
    for manifest in manifests:
        counted: dict[str, Totals] = defaultdict(Totals)
        seen = set()
        for file in manifest.files:
            for line in lines_of(landing / file.path):
                event = json.loads(line) if parsed(line) is not None else None
                event_id = (event or {}).get(ID_FIELDS[manifest.stream])
                if event is not None and not (event_id and event_id in seen):
                    seen.add(event_id)
                    kind, totals = figures(manifest.stream, event)
                    counted[kind] += totals
        assert manifest.by_type == counted


def test_what_has_no_fault_is_as_it_was(landing: Path, tmp_path: Path) -> None:
    """Lines that differ from those of the same world without faults are all on record."""
    sound = Counter(all_lines(land(tmp_path, NO_FAULTS)))
    faulted = Counter(all_lines(landing))
    on_record: Counter[bytes] = Counter()
    for manifest in read_manifests(landing):
        for record in manifest.fault_records:
            lines = lines_of(landing / record.file)
            on_record.update(lines if record.line is None else [lines[record.line - 1]])
    assert on_record >= faulted - sound


@pytest.mark.parametrize("kind", ["late_event", "out_of_order", "other_offset"])
def test_the_rate_is_the_share_of_the_events(tmp_path: Path, kind: str) -> None:
    manifests = read_manifests(land(tmp_path, Faults.of({kind: 0.25})))
    faults = sum(len(manifest.fault_records) for manifest in manifests)
    events = sum(manifest.totals.events for manifest in manifests)
    assert events > 10_000
    assert abs(faults / events - 0.25) < 0.015


def test_a_late_event_has_moved_to_a_file_of_its_day_of_arrival(tmp_path: Path) -> None:
    landing = land(tmp_path, Faults.of({"late_event": 0.3}))
    lags = set()
    for manifest in read_manifests(landing):
        assert manifest.day is not None
        for record in manifest.fault_records:
            lags.add((arrival_day(Path(record.file).name) - manifest.day).days)
    assert min(lags) == 1
    assert max(lags) == 60
    assert len(set(all_lines(landing))) == len(all_lines(landing))


def test_workers_and_shards_make_the_same_faults(tmp_path: Path) -> None:
    assert main([*QUICK, "--out", str(tmp_path / "whole")]) == 0
    assert main([*QUICK, "--out", str(tmp_path / "workers"), "--workers", "2"]) == 0
    for shard in ("1/2", "2/2"):
        assert main([*QUICK, "--out", str(tmp_path / "shards"), "--shard", shard]) == 0
    assert contents(tmp_path / "workers") == contents(tmp_path / "whole")
    assert contents(tmp_path / "shards") == contents(tmp_path / "whole")


def test_a_world_with_faults_shares_no_name_with_that_without(
    landing: Path, tmp_path: Path
) -> None:
    assert contents(landing).keys().isdisjoint(contents(land(tmp_path, NO_FAULTS)).keys())


def test_a_kind_of_its_own_rate_goes_before_the_rate_of_all(tmp_path: Path) -> None:
    rates = ["--faults", "0.02", "--fault", "late_event=0", "--fault", "empty_file=1"]
    assert main([*QUICK[:-2], *rates, "--out", str(tmp_path)]) == 0
    for path in (tmp_path / FOLDER).iterdir():
        content = json.loads(path.read_text())
        assert "late_event" not in content["fault_rates"]
        assert content["fault_rates"]["corrupt_line"] == 0.02
        assert sum(fault["kind"] == "empty_file" for fault in content["faults"]) == 1


def test_the_run_sums_up_the_faults_by_kind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*QUICK, "--out", str(tmp_path)]) == 0
    rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    counted = Counter(record.kind for record in records_of(tmp_path))
    assert rows["faults"].strip() == f"{counted.total():,}"
    for kind in KINDS:
        assert rows.get(kind, "0").strip() == f"{counted[kind]:,}"


def test_no_rate_means_no_faults(tmp_path: Path) -> None:
    for folder, rates in (("a", []), ("b", ["--faults", "0"])):
        assert main([*QUICK[:-2], *rates, "--out", str(tmp_path / folder)]) == 0
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    for path in (tmp_path / "a" / FOLDER).iterdir():
        assert not {"faults", "fault_rates"} & json.loads(path.read_text()).keys()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--fault", "fire=0.1"],
            "'fire' is not a kind of fault; use one of: duplicate_event, late",
        ),
        (["--fault", "late_event"], "'late_event' names no rate; write KIND=RATE, such as late_"),
        (["--fault", "late_event=x"], "rate 'x' of late_event is not a number"),
        (["--fault", "late_event=1.5"], "rate 1.5 of late_event is out of bounds; use 0 to 1"),
        (["--faults", "-1"], "rate -1 of duplicate_event is out of bounds; use 0 to 1"),
        (["--fault", "late_event=nan"], "rate nan of late_event is out of bounds; use 0 to 1"),
        (["--faults", "0.2"], "the faults of pos befall 4.2 times its events"),
        (["--faults", "0.02", "--realtime"], "Invalid value for --faults: goes only without"),
    ],
)
def test_wrong_rates_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert main(["generate", "--out", str(tmp_path), *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_a_folder_takes_a_world_in_one_way_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*QUICK, "--out", str(tmp_path)]) == 0
    before = contents(tmp_path)
    for rates in ([], ["--faults", "0.01"]):
        capsys.readouterr()
        assert main([*QUICK[:-2], *rates, "--out", str(tmp_path)]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert "with other faults, or with none" in line
    assert main([*QUICK, "--seed", "1", "--out", str(tmp_path)]) == 0
    assert contents(tmp_path).items() > before.items()


def test_the_help_tells_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--help"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for kind in KINDS.values():
        assert f"{kind.name}: {kind.description}" in printed


def test_only_what_breaks_an_expectation_names_one(records: list[FaultRecord]) -> None:
    for record in records:
        assert (record.expectation is not None) == (record.outcome in ("quarantined", WARNED))
