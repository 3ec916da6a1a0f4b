import json
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from generators.batches import EventGenerator
from generators.landing import EventFile, LandingConflictError
from generators.manifests import FOLDER, Manifest, land_manifest, read_manifest
from generators.simulation import lost_demand
from generators.streams import STREAMS, land_days
from generators.totals import Totals
from generators.world import World
from tests.support.generated_days import THREE_DAYS, TINY


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("landing")
    list(land_days(folder, list(STREAMS), TINY, THREE_DAYS, workers=1))
    return folder


def read_events(landing: Path, content: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        json.loads(line, parse_float=Decimal)
        for file in content["files"]
        for line in (landing / file["path"]).read_bytes().splitlines()
    ]


def figures(stream: str, event: dict[str, Any]) -> tuple[str, int, int, Decimal]:
    """Type, line items, quantity and net sales of an event, as the contracts define them."""
    if stream in ("pos", "ecommerce"):
        kind = event.get("transaction_type", "order")
        quantity, net = 0, Decimal(0)
        for item in event["items"]:
            quantity += item["qty"]
            net += item["qty"] * item["price"] - item["qty"] * item["discount"]
        if kind == "return":
            quantity, net = -quantity, -net
        return kind, len(event["items"]), quantity, net
    if stream == "clickstream":
        return event["event_type"], 0, 0, Decimal(0)
    kind, quantity = event["movement_type"], event["quantity"]
    if kind in ("transfer_out", "sale"):
        quantity = -abs(quantity)
    elif kind != "adjustment":
        quantity = abs(quantity)
    return kind, 0, quantity, Decimal(0)


def count(stream: str, events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    counted: dict[str, dict[str, Any]] = defaultdict(
        lambda: {"events": 0, "line_items": 0, "quantity": 0, "net_sales": Decimal("0.00")}
    )
    for event in events:
        kind, line_items, quantity, net = figures(stream, event)
        for key in (kind, "all"):
            counted[key]["events"] += 1
            counted[key]["line_items"] += line_items
            counted[key]["quantity"] += quantity
            counted[key]["net_sales"] += net
    return {
        kind: {**totals, "net_sales": str(totals["net_sales"])} for kind, totals in counted.items()
    }


@pytest.mark.parametrize("stream", STREAMS)
def test_the_totals_are_what_a_reader_of_the_files_counts(landing: Path, stream: str) -> None:
    paths = sorted((landing / FOLDER).glob(f"{stream}_*.json"))
    assert [path.name[len(stream) + 1 :][:8] for path in paths] == [
        f"{day:%Y%m%d}" for day in THREE_DAYS
    ]
    for path in paths:
        content = json.loads(path.read_text())
        counted = count(stream, read_events(landing, content))
        assert content["totals"] == counted.pop("all")
        assert content["by_type"] == counted


@pytest.mark.parametrize("stream", STREAMS)
def test_a_manifest_names_each_file_of_its_batch(landing: Path, stream: str) -> None:
    named = set()
    for path in (landing / FOLDER).glob(f"{stream}_*.json"):
        content = json.loads(path.read_text())
        assert content["batch"] == path.stem
        assert (content["stream"], content["seed"], content["scale"]) == (stream, 5, 0.3)
        assert f"{date.fromisoformat(content['day']):%Y%m%d}" in path.stem
        for file in content["files"]:
            data = (landing / file["path"]).read_bytes()
            assert file["bytes"] == len(data)
            assert file["lines"] == len(data.splitlines())
            assert file["sha256"] == sha256(data).hexdigest()
            named.add(landing / file["path"])
    assert named >= set((landing / stream).glob(f"{stream}_*.json"))


def test_a_day_in_several_files_has_one_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(world: World, day: date) -> list[EventFile]:
        parts = [
            ("pos_1.json", b"{}\n", {"sale": Totals(1, 2, 3, 450)}),
            (
                "pos_2.json",
                b"{}\n{}\n",
                {"sale": Totals(1, 1, 1, 50), "return": Totals(1, 1, -9, -1005)},
            ),
        ]
        return [EventFile(name, data, data.count(b"\n"), totals) for name, data, totals in parts]

    monkeypatch.setitem(STREAMS, "pos", make)
    ((_, landed),) = land_days(tmp_path, ["pos"], TINY, THREE_DAYS[:1], workers=1)
    assert (landed.files, landed.events, landed.manifests) == (2, 3, 1)
    (path,) = (tmp_path / FOLDER).iterdir()
    manifest = read_manifest(path)
    assert [(file.path, file.lines) for file in manifest.files] == [
        ("pos/pos_1.json", 1),
        ("pos/pos_2.json", 2),
    ]
    assert manifest.by_type == {"sale": Totals(2, 3, 4, 500), "return": Totals(1, 1, -9, -1005)}
    assert json.loads(path.read_text())["totals"] == {
        "events": 3,
        "line_items": 4,
        "quantity": -5,
        "net_sales": "-5.05",
    }


def test_a_day_without_events_leaves_a_manifest(tmp_path: Path) -> None:
    quiet = World(1, 1e-9)
    for stream in STREAMS:
        list(land_days(tmp_path, [stream], quiet, THREE_DAYS[:1], workers=1))
        (path,) = (tmp_path / FOLDER).glob(f"{stream}_*")
        manifest = read_manifest(path)
        if not manifest.totals.events:
            assert manifest.files == ()
            assert manifest.by_type == {}
    assert list((tmp_path / "pos").glob("*")) == []


def test_a_manifest_is_read_as_it_was_written(landing: Path) -> None:
    for path in (landing / FOLDER).iterdir():
        manifest = read_manifest(path)
        assert manifest.name == path.name
        assert manifest.world == TINY
        assert manifest.render() == path.read_bytes()


def test_the_manifest_comes_after_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(landing: Path, manifest: Manifest) -> None:
        assert all((landing / file.path).exists() for file in manifest.files)
        raise KeyboardInterrupt

    monkeypatch.setattr("generators.streams.land_manifest", stop)
    with pytest.raises(KeyboardInterrupt):
        list(land_days(tmp_path, ["pos"], TINY, THREE_DAYS[:1], workers=1))
    assert len(list((tmp_path / "pos").iterdir())) == 1
    monkeypatch.undo()
    list(land_days(tmp_path, ["pos"], TINY, THREE_DAYS[:1], workers=1))
    assert len(list((tmp_path / FOLDER).iterdir())) == 1


def test_a_manifest_is_never_overwritten_by_another_one(tmp_path: Path) -> None:
    manifest = Manifest("a", "pos", None, TINY, (), {})
    first = land_manifest(tmp_path, manifest)
    assert not land_manifest(tmp_path, manifest).is_new
    with pytest.raises(LandingConflictError, match=r"a\.json has landed with other content"):
        land_manifest(tmp_path, replace(manifest, by_type={"sale": Totals(1)}))
    assert read_manifest(first.path) == manifest


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"batch": "a"}', b"\xff", b"null"], ids=repr
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.json is not a manifest"):
        read_manifest(path)


@pytest.mark.parametrize("stream", STREAMS)
def test_a_batch_of_a_notebook_has_a_manifest_without_a_day(tmp_path: Path, stream: str) -> None:
    generator = EventGenerator(stream, tmp_path, seed=5)
    generator.generate_batch(6000)  # more than the opening stock
    path = generator.write_batch(700)
    content = json.loads((tmp_path / FOLDER / path.name).read_text())
    assert (content["stream"], content["day"], content["lost_demand"]) == (stream, None, None)
    counted = count(stream, read_events(tmp_path, content))
    assert content["totals"] == counted.pop("all")
    assert content["by_type"] == counted
    assert len(counted) > 1 or stream == "ecommerce"


@pytest.mark.parametrize("stream", STREAMS)
def test_lost_demand_is_told_of_what_sells(landing: Path, stream: str) -> None:
    for day in THREE_DAYS:
        path = landing / FOLDER / f"{stream}_{day:%Y%m%d}_{TINY.tag}.json"
        content = json.loads(path.read_text())["lost_demand"]
        lost = lost_demand(TINY, day).get(stream)
        assert (lost is None) == (stream in ("inventory", "clickstream"))
        assert content == (
            lost
            and {
                "line_items": lost.line_items,
                "quantity": lost.quantity,
                "sales": f"{lost.sales_cents // 100}.{lost.sales_cents % 100:02d}",
            }
        )
