import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import generators
from generators import (
    create_clickstream_generator,
    create_ecommerce_generator,
    create_inventory_generator,
    create_pos_generator,
)
from generators.batches import FIRST_BATCH_DAY
from generators.inventory_json import make_opening_file
from generators.landing import EventFile, LandingConflictError
from generators.manifests import read_manifest
from generators.streams import STREAMS, land_days
from generators.world import World


class FakeFileSystem:
    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.calls: list[tuple[str, ...]] = []

    def put(self, file: str, contents: str, overwrite: bool) -> bool:
        assert overwrite
        self.calls.append(("put", file))
        self.files[file] = contents
        return True

    def mv(self, src: str, dst: str) -> bool:
        self.calls.append(("mv", src, dst))
        self.files[dst] = self.files.pop(src)
        return True


class FakeDbutils:
    def __init__(self) -> None:
        self.fs = FakeFileSystem()


def read_files(files: Iterable[EventFile]) -> list[dict[str, Any]]:
    return [json.loads(line) for file in files for line in file.content.splitlines()]


def test_batches_are_the_events_of_the_days_in_their_order() -> None:
    generator = create_pos_generator(catalog="retail", schema="dev", seed=9)
    first_day = read_files(STREAMS["pos"](World(9), FIRST_BATCH_DAY))
    events = generator.generate_batch(100) + generator.generate_batch(len(first_day) - 100)
    assert events == first_day
    assert generator.generate_batch(1)[0]["transaction_id"].startswith("TXN-20260202-")


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 200), min_size=1, max_size=4))
def test_batches_of_any_sizes_put_together_are_one_batch(sizes: list[int]) -> None:
    apart = create_pos_generator(catalog="retail", schema="dev")
    together = create_pos_generator(catalog="retail", schema="dev")
    events = [event for size in sizes for event in apart.generate_batch(size)]
    assert events == together.generate_batch(sum(sizes))


def test_written_batches_repeat_and_never_meet_those_of_another_seed(tmp_path: Path) -> None:
    def write(seed: int) -> list[Path]:
        generator = create_pos_generator("retail", "dev", seed=seed, landing=tmp_path)
        return [generator.write_batch(10), generator.write_batch(10)]

    paths = write(1)
    assert write(1) == paths
    assert not set(write(2)) & set(paths)
    assert {path.parent for path in paths} == {tmp_path / "pos"}
    lines = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    assert lines == create_pos_generator("retail", "dev", seed=1).generate_batch(20)


def test_a_batch_that_landed_with_another_size_is_not_overwritten(tmp_path: Path) -> None:
    create_pos_generator("retail", "dev", landing=tmp_path).write_batch(10)
    with pytest.raises(LandingConflictError, match="has landed with other content"):
        create_pos_generator("retail", "dev", landing=tmp_path).write_batch(11)


def test_dbutils_puts_hidden_files_and_renames_them(tmp_path: Path) -> None:
    dbutils = FakeDbutils()
    path = create_pos_generator("retail", "dev").write_batch_dbutils(dbutils, num_events=25)
    assert path.startswith("/Volumes/retail/dev/landing/pos/pos_batch_")
    manifest = path.replace("/landing/pos/", "/landing/_manifests/")
    for put, moved, target in zip(
        dbutils.fs.calls[::2], dbutils.fs.calls[1::2], (path, manifest), strict=True
    ):
        assert put[0] == "put"
        assert put[1].rpartition("/")[2].startswith("_")
        assert moved == ("mv", put[1], target)
    written = create_pos_generator("retail", "dev", landing=tmp_path).write_batch(25)
    assert dbutils.fs.files == {
        path: written.read_text(),
        manifest: (tmp_path / "_manifests" / written.name).read_text(),
    }


CREATE = {
    "pos": create_pos_generator,
    "ecommerce": create_ecommerce_generator,
    "inventory": create_inventory_generator,
    "clickstream": create_clickstream_generator,
}


@pytest.mark.parametrize("stream", STREAMS)
def test_each_stream_has_a_generator_of_the_same_days(stream: str, tmp_path: Path) -> None:
    generator = CREATE[stream]("retail", "dev", seed=9, landing=tmp_path)
    world = World(9)
    expected = read_files([make_opening_file(world, FIRST_BATCH_DAY)] * (stream == "inventory"))
    expected += read_files(STREAMS[stream](world, FIRST_BATCH_DAY))
    assert generator.generate_batch(len(expected)) == expected
    path = generator.write_batch(5)
    assert path.parent == tmp_path / stream
    day = FIRST_BATCH_DAY + timedelta(days=1)
    assert (
        read_files([EventFile("", path.read_bytes(), 5, {})])
        == (read_files(STREAMS[stream](world, day))[:5])
    )
    manifest = read_manifest(tmp_path / "_manifests" / path.name)
    assert (manifest.stream, manifest.day, manifest.totals.events) == (stream, None, 5)


def test_movements_go_on_from_the_stock_of_a_run_that_ended_the_day_before(tmp_path: Path) -> None:
    world = World(42)
    days = [FIRST_BATCH_DAY - timedelta(days=1)]
    list(land_days(tmp_path, ["inventory"], world, days, workers=1, opening=True))
    generator = create_inventory_generator("retail", "dev", landing=tmp_path)
    expected = read_files(STREAMS["inventory"](world, FIRST_BATCH_DAY))
    assert generator.generate_batch(len(expected)) == expected


def test_movements_after_a_gap_are_refused(tmp_path: Path) -> None:
    days = [FIRST_BATCH_DAY - timedelta(days=3)]
    list(land_days(tmp_path, ["inventory"], World(42), days, workers=1, opening=True))
    generator = create_inventory_generator("retail", "dev", landing=tmp_path)
    with pytest.raises(LandingConflictError, match="begin on 2026-01-29"):
        generator.write_batch(1)


@pytest.mark.parametrize("name", ["", "a-b", "1st", "a.b", "a/b", "../x", "a b", "naïve", "a\n"])
def test_a_name_that_is_no_plain_identifier_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"catalog .* is not a plain name"):
        create_pos_generator(catalog=name, schema="dev")
    with pytest.raises(ValueError, match=r"schema .* is not a plain name"):
        create_pos_generator(catalog="retail", schema=name)


@pytest.mark.parametrize("count", [0, -1])
def test_an_empty_batch_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="ask for 1 or more"):
        create_pos_generator("retail", "dev").generate_batch(count)


def test_importing_the_package_loads_nothing_heavy() -> None:
    script = "import sys, generators; assert not {'numpy', 'polars', 'typer'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        generators.nonsense  # noqa: B018
