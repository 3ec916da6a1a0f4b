from datetime import date
from pathlib import Path

import pytest

from generators import landing
from generators.landing import LandingConflictError, land_file, remove_leftovers
from generators.streams import land_day, land_days
from generators.world import World

WORLD = World(3, 0.2)
DAYS = [date(2025, 10, day) for day in range(1, 7)]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


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
    land_day(tmp_path, "pos", WORLD, DAYS[0])
    folder = tmp_path / "pos"
    (name,) = visible(folder)
    own = folder / f"_{name}.4711.tmp"
    others = [folder / f"_pos_20300101_{WORLD.tag}.json.4711.tmp", folder / "_note.tmp"]
    for path in (own, *others):
        path.write_bytes(b'{"half')
    list(land_days(tmp_path, ["pos"], WORLD, DAYS[:1], workers=1))
    assert not own.exists()
    assert all(path.exists() for path in others)


def test_leftovers_of_a_missing_folder_are_none(tmp_path: Path) -> None:
    remove_leftovers(tmp_path / "missing", {"a"})
    assert not (tmp_path / "missing").exists()


def test_any_number_of_workers_lands_the_same_files(tmp_path: Path) -> None:
    one, two, alone = tmp_path / "one", tmp_path / "two", tmp_path / "alone"
    first = list(land_days(one, ["pos"], WORLD, DAYS, workers=1))
    second = list(land_days(two, ["pos"], WORLD, DAYS, workers=2))
    for day in reversed(DAYS):
        land_day(alone, "pos", WORLD, day)
    assert contents(one / "pos") == contents(two / "pos") == contents(alone / "pos")
    assert len(visible(one / "pos")) == len(DAYS)
    assert sum(landed.events for landed in first) == sum(landed.events for landed in second)
