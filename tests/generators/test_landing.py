from datetime import date
from pathlib import Path

import pytest

from generators import landing
from generators.landing import LandingConflictError, land_file, remove_leftovers
from generators.manifests import FOLDER
from generators.streams import STREAMS, land_day, land_days, split_days
from generators.world import World

WORLD = World(3, 0.2)
DAYS = [date(2025, 10, day) for day in range(1, 7)]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def visible(folder: Path) -> list[str]:
    """What ingestion would read."""
    return [path.name for path in folder.iterdir() if not path.name.startswith(("_", "."))]


def test_a_landed_file_is_left_alone_by_the_same_bytes(tmp_path: Path) -> None:
    first = land_file(tmp_path / "pos", "a.json", b"{}\n")
    before = first.path.stat()
    again = land_file(tmp_path / "pos", "a.json", b"{}\n")
    assert (first.is_new, again.is_new) == (True, False)
    assert first.path.stat().st_mtime_ns == before.st_mtime_ns
    assert first.path.stat().st_ino == before.st_ino


@pytest.mark.parametrize("other", [b"[]\n", b"{}\n{}\n", b""])
def test_a_landed_file_is_never_overwritten_by_other_bytes(tmp_path: Path, other: bytes) -> None:
    land_file(tmp_path, "a.json", b"{}\n")
    with pytest.raises(LandingConflictError, match=r"a\.json has landed with other content"):
        land_file(tmp_path, "a.json", other)
    assert contents(tmp_path) == {"a.json": b"{}\n"}


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_before_the_rename_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        assert visible(tmp_path) == []
        raise error

    target = landing.os if step == "fsync" else Path
    monkeypatch.setattr(target, step, fail)
    with pytest.raises(type(error)):
        land_file(tmp_path, "a.json", b"{}\n")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    batch = f"pos_{DAYS[0]:%Y%m%d}_{WORLD.tag}"
    own, others = [], []
    for folder in (tmp_path / "pos", tmp_path / FOLDER):
        folder.mkdir()
        own += [folder / f"_{batch}.json.4711.tmp"]
        others += [folder / f"_pos_20300101_{WORLD.tag}.json.4711.tmp", folder / "_note.tmp"]
    for path in (*own, *others):
        path.write_bytes(b'{"half')
    list(land_days(tmp_path, ["pos"], WORLD, DAYS[:1], workers=1))
    assert not any(path.exists() for path in own)
    assert all(path.exists() for path in others)


def test_leftovers_of_a_missing_folder_are_none(tmp_path: Path) -> None:
    remove_leftovers(tmp_path / "missing", {"a"})
    assert not (tmp_path / "missing").exists()


def test_a_day_of_a_stream_is_the_same_made_alone(tmp_path: Path) -> None:
    whole, alone = tmp_path / "whole", tmp_path / "alone"
    landed = list(land_days(whole, list(STREAMS), WORLD, DAYS, workers=1))
    assert [stream for stream, _ in landed] == [*STREAMS] * len(DAYS)
    for stream in STREAMS:
        for day in reversed(DAYS):
            land_day(alone, stream, WORLD, day)
    assert contents(whole) == contents(alone)


@pytest.mark.parametrize(("days", "blocks"), [(6, 1), (6, 2), (6, 4), (2, 5), (0, 1), (0, 3)])
def test_blocks_of_days_are_consecutive_even_and_complete(days: int, blocks: int) -> None:
    split = split_days(DAYS[:days], blocks)
    assert len(split) == blocks
    assert [day for block in split for day in block] == DAYS[:days]
    assert max(map(len, split)) - min(map(len, split)) <= 1
