import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from generators.manifests import FOLDER, read_manifest
from generators.realtime import FILE_SPAN, Tick, replay
from generators.streams import STREAMS, land_days
from generators.world import World

WORLD = World(8, 0.03)
DAYS = [date(2025, 10, 4), date(2025, 10, 5)]
HOUR = timedelta(hours=1)
ALL = list(STREAMS)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def read_timestamps(data: bytes) -> list[datetime]:
    return [datetime.fromisoformat(json.loads(line)["timestamp"]) for line in data.splitlines()]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all streams of the days have been replayed."""
    folder = tmp_path_factory.mktemp("replayed")
    list(replay(folder, ALL, WORLD, DAYS, HOUR))
    return folder


def read_lines(folder: Path) -> list[bytes]:
    return sorted(line for path in folder.iterdir() for line in path.read_bytes().splitlines())


def test_a_replay_lands_the_events_of_the_days(tmp_path: Path, replayed: Path) -> None:
    list(land_days(tmp_path, ALL, WORLD, DAYS, workers=1))
    for stream in ALL:
        assert read_lines(replayed / stream) == read_lines(tmp_path / stream)


def test_each_step_lands_what_happened_in_its_time(tmp_path: Path) -> None:
    seen: set[Path] = set()
    until = datetime(2025, 10, 4, tzinfo=UTC)
    for tick in replay(tmp_path, ALL, WORLD, DAYS, HOUR):
        assert tick.until == until + HOUR
        new = {path for stream in ALL for path in (tmp_path / stream).glob(f"{stream}_*")} - seen
        seen |= new
        for path in new:
            times = read_timestamps(path.read_bytes())
            assert times == sorted(times)
            assert until <= times[0] <= times[-1] < tick.until
        lines = sum(path.read_bytes().count(b"\n") for path in new)
        assert lines == sum(landed.events for landed in tick.landed.values())
        until = tick.until


def test_the_name_of_a_file_says_its_minutes(replayed: Path) -> None:
    paths = [path for stream in ALL for path in (replayed / stream).iterdir()]
    for path in paths:
        batch, _, part = path.stem.rpartition("_rt")
        stream, day, tag = batch.split("_")
        assert (stream, tag) == (path.parent.name, WORLD.tag)
        begin = datetime.strptime(f"{day}+0000", "%Y%m%d%z") + (int(part) - 1) * FILE_SPAN
        times = read_timestamps(path.read_bytes())
        assert begin <= times[0] <= times[-1] < begin + FILE_SPAN


@pytest.mark.parametrize("minutes", [7, 50, 3000])
def test_the_files_are_the_same_at_any_pace(tmp_path: Path, replayed: Path, minutes: int) -> None:
    list(replay(tmp_path, ALL, WORLD, DAYS, timedelta(minutes=minutes)))
    assert contents(tmp_path) == contents(replayed)


def test_a_replay_begun_again_goes_on_where_it_was(tmp_path: Path, replayed: Path) -> None:
    steps = replay(tmp_path, ALL, WORLD, DAYS, HOUR)
    first = [next(steps) for _ in range(18)]
    steps.close()
    before = contents(tmp_path)
    again = list(replay(tmp_path, ALL, WORLD, DAYS, HOUR / 2))
    is_new = [tick.is_new for tick in again]
    assert not any(is_new[: 2 * len(first)])
    assert any(is_new)
    assert before.items() < contents(tmp_path).items()
    assert contents(tmp_path) == contents(replayed)


def test_a_days_manifest_follows_its_last_file(tmp_path: Path) -> None:
    def land_counts(tick: Tick) -> int:
        return tick.landed["pos"].manifests if "pos" in tick.landed else 0

    list(land_days(tmp_path / "days", ["pos"], WORLD, DAYS, workers=1))
    folder = tmp_path / "replay"
    manifests = 0
    for tick in replay(folder, ["pos"], WORLD, DAYS, HOUR):
        manifests += land_counts(tick)
        names = sorted(path.name for path in (folder / FOLDER).glob("*"))
        assert len(names) == manifests
        for name in names:
            manifest = read_manifest(folder / FOLDER / name)
            assert manifest.files
            assert all((folder / file.path).exists() for file in manifest.files)
            batch = read_manifest(tmp_path / "days" / FOLDER / name.replace("_rt.", "."))
            assert manifest.by_type == batch.by_type
            assert manifest.batch == f"{batch.batch}_rt"
    assert manifests == len(DAYS)
