import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from generators.cli import main
from generators.manifests import read_manifest
from generators.seeds import render_seeds
from generators.streams import STREAMS
from generators.world import World
from tests.support.generated_days import contents

QUICK = ["generate", "--days", "4", "--scale", "0.1"]


def test_a_run_without_sources_makes_every_stream_and_the_opening_stock(tmp_path: Path) -> None:
    assert main([*QUICK, "--out", str(tmp_path)]) == 0
    tag = World(42, 0.1).tag
    batches = {f"opening_20260128_{tag}": "inventory"} | {
        f"{stream}_202601{day}_{tag}": stream for stream in STREAMS for day in (28, 29, 30, 31)
    }
    assert contents(tmp_path).keys() == {
        f"{folder}/{batch}.json"
        for batch, stream in batches.items()
        for folder in (stream, "_manifests")
    }


def test_a_rerun_says_that_the_files_were_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*QUICK, "--out", str(tmp_path)]) == 0
    assert "17 (0 were there already)" in capsys.readouterr().out
    before = contents(tmp_path)
    assert main([*QUICK, "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "17 (17 were there already)" in printed.out
    assert printed.err == ""
    assert contents(tmp_path) == before


def test_the_run_sums_up_what_the_manifests_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*QUICK, "--out", str(tmp_path)]) == 0
    rows = dict(
        line.split(maxsplit=1)
        for line in capsys.readouterr().out.replace("lost demand", "lost").splitlines()
    )
    manifests = list(map(read_manifest, (tmp_path / "_manifests").iterdir()))
    assert int(rows["manifests"]) == len(manifests)
    for stream in (*STREAMS, "opening"):
        events = sum(
            manifest.totals.events
            for manifest in manifests
            if manifest.batch.startswith(f"{stream}_")
        )
        assert rows[stream].strip() == f"{events:,}"
    assert rows["events"].strip() == f"{sum(m.totals.events for m in manifests):,}"
    lost = [manifest.lost_demand for manifest in manifests if manifest.lost_demand]
    assert len(lost) == 2 * 4
    if pieces := sum(day.quantity for day in lost):
        worth = sum(day.sales_cents for day in lost)
        assert rows["lost"].strip() == f"{pieces:,} pieces worth {worth / 100:,.2f}"


def test_shards_together_are_the_whole(tmp_path: Path) -> None:
    assert main([*QUICK, "--out", str(tmp_path / "whole")]) == 0
    shards = [tmp_path / str(index) for index in (1, 2, 3)]
    for index, shard in enumerate(shards, 1):
        assert main([*QUICK, "--shard", f"{index}/3", "--out", str(shard)]) == 0
    parts = [contents(shard) for shard in shards]
    whole = contents(tmp_path / "whole")
    assert {name: data for part in parts for name, data in part.items()} == whole
    assert sum(map(len, parts)) == len(whole)


def test_more_shards_than_days_leave_some_without_work(tmp_path: Path) -> None:
    for index in range(1, 7):
        assert main([*QUICK, "--shard", f"{index}/6", "--out", str(tmp_path / "shards")]) == 0
    assert main([*QUICK, "--out", str(tmp_path / "whole")]) == 0
    assert contents(tmp_path / "shards") == contents(tmp_path / "whole")


def test_workers_and_sources_make_no_difference(tmp_path: Path) -> None:
    assert main([*QUICK, "--workers", "2", "--out", str(tmp_path / "workers")]) == 0
    for stream in reversed(STREAMS):
        arguments = ["--source", stream, "--out", str(tmp_path / "sources")]
        assert main([*QUICK, *arguments]) == 0
    assert main([*QUICK, "--out", str(tmp_path / "whole")]) == 0
    whole = contents(tmp_path / "whole")
    assert contents(tmp_path / "workers") == whole
    assert contents(tmp_path / "sources") == whole


def test_a_longer_run_has_the_same_days(tmp_path: Path) -> None:
    assert main([*QUICK, "--out", str(tmp_path / "four")]) == 0
    assert main([*QUICK, "--days", "12", "--out", str(tmp_path / "twelve")]) == 0
    longer = contents(tmp_path / "twelve")
    for name, data in contents(tmp_path / "four").items():
        if "opening" not in name:
            assert longer[name] == data


def test_another_seed_or_scale_lands_beside_the_first(tmp_path: Path) -> None:
    for extra in ([], ["--seed", "1"], ["--scale", "0.2"]):
        assert main([*QUICK, *extra, "--out", str(tmp_path)]) == 0
    files = contents(tmp_path)
    assert len(files) == 3 * 2 * (1 + 4 * len(STREAMS))
    ids = [
        line.split(b'"')[3]
        for name, data in files.items()
        if not name.startswith("_manifests")
        for line in data.splitlines()
    ]
    assert len(set(ids)) == len(ids)


def run_until(end: str, days: int, out: Path) -> int:
    return main([*QUICK, "--days", str(days), "--end", end, "--out", str(out)])


def find_openings(landing: Path) -> list[str]:
    return sorted(path.name[8:16] for path in (landing / "inventory").glob("opening_*"))


def test_the_days_that_follow_need_no_opening_stock(tmp_path: Path) -> None:
    assert run_until("2025-10-03", 3, tmp_path / "bit by bit") == 0
    assert run_until("2025-10-05", 2, tmp_path / "bit by bit") == 0
    assert run_until("2025-10-06", 3, tmp_path / "bit by bit") == 0  # two of them once more
    assert find_openings(tmp_path / "bit by bit") == ["20251001"]
    assert run_until("2025-10-06", 6, tmp_path / "at once") == 0
    assert contents(tmp_path / "bit by bit") == contents(tmp_path / "at once")


@pytest.mark.parametrize(
    ("end", "days"),
    [
        pytest.param("2025-10-12", 3, id="gap"),
        pytest.param("2025-10-03", 3, id="before"),
        pytest.param("2025-10-08", 8, id="around"),
    ],
)
def test_a_second_opening_stock_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], end: str, days: int
) -> None:
    assert run_until("2025-10-08", 3, tmp_path) == 0
    before = contents(tmp_path)
    capsys.readouterr()
    assert run_until(end, days, tmp_path) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "begin on 2025-10-06" in error
    assert "another folder" in error
    assert contents(tmp_path) == before
    sources = [word for name in STREAMS if name != "inventory" for word in ("--source", name)]
    assert main([*QUICK, *sources, "--end", end, "--out", str(tmp_path)]) == 0
    assert run_until("2025-10-12", 7, tmp_path) == 0
    assert find_openings(tmp_path) == ["20251006"]


def test_other_worlds_have_their_own_opening_stock(tmp_path: Path) -> None:
    assert run_until("2025-10-08", 3, tmp_path) == 0
    other = ["--seed", "1", "--end", "2025-10-12", "--out", str(tmp_path)]
    assert main([*QUICK, *other]) == 0
    assert find_openings(tmp_path) == ["20251006", "20251009"]


def test_the_landing_folder_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETAIL_LANDING", str(tmp_path / "here"))
    assert main([*QUICK, "--source", "pos"]) == 0
    assert len(list((tmp_path / "here" / "pos").iterdir())) == 4


def test_seeds_are_exported_as_of_a_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export-seeds", "--out", str(tmp_path)]) == 0
    assert contents(tmp_path) == render_seeds()
    assert main(["export-seeds", "--out", str(tmp_path), "--as-of", "2027-01-01"]) == 0
    assert contents(tmp_path)["master_customers.csv"] != render_seeds()["master_customers.csv"]
    assert "master_customers.csv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generate", "--end", "2026-02-30"], ["--end", "2026-02-30", "YYYY-MM-DD"]),
        (["generate", "--end", "20260131"], ["--end", "20260131", "YYYY-MM-DD"]),
        (["generate", "--end", "1999-12-31"], ["--end", "1999-12-31", "2000-01-01"]),
        (["generate", "--end", "9999-12-31"], ["--end", "9999-12-31", "2050-12-31"]),
        (["generate", "--days", "0"], ["--days", "0", "use 1 to"]),
        (["generate", "--days", "99999999999"], ["--days", "99999999999", "use 1 to"]),
        (["generate", "--days", "many"], ["--days", "many", "digits"]),
        (["generate", "--days", "1.5"], ["--days", "1.5", "digits"]),
        (["generate", "--scale", "big"], ["--scale", "big", "0.5"]),
        (["generate", "--shard", "3/2"], ["--shard", "3/2", "i from 1 to n"]),
        (["generate", "--shard", "0/2"], ["--shard", "0/2"]),
        (["generate", "--shard", "half"], ["--shard", "half"]),
        (["generate", "--scale", "-1"], ["--scale", "-1", "above 0"]),
        (["generate", "--scale", "0"], ["--scale", "0", "above 0"]),
        (["generate", "--scale", "nan"], ["--scale", "nan", "above 0"]),
        (["generate", "--scale", "1e9"], ["--scale", "1000000000", "at most 1000"]),
        (["generate", "--seed", "-5"], ["--seed", "-5"]),
        (["generate", "--source", "fax"], ["--source", "fax", ", ".join(STREAMS)]),
        (["generate", "--workers", "0"], ["--workers", "0"]),
        (["generate", "--nonsense"], ["--nonsense"]),
        (["generate", "--speed", "5"], ["--speed", "with --realtime"]),
        (["generate", "--every", "5"], ["--every", "with --realtime"]),
        (["generate", "--realtime", "--workers", "2"], ["--workers", "without --realtime"]),
        (["generate", "--realtime", "--shard", "1/2"], ["--shard", "without --realtime"]),
        (["generate", "--realtime", "--speed", "0"], ["--speed", "0", "1440"]),
        (["generate", "--realtime", "--speed", "nan"], ["--speed", "nan", "1440"]),
        (["generate", "--realtime", "--every", "-1"], ["--every", "-1", "3600"]),
        (["generate", "--realtime", "--end", "2050-12-31"], ["--end", "2050-12-31", "earlier"]),
        (["generate", "--out", "{file}"], ["--out", "file", "name a folder"]),
        (["generate", "--out", "{file}/below"], ["--out", "file", "name a folder"]),
        (["generate", "--out", "/proc/landing"], ["--out", "/proc/landing", "another folder"]),
        (["export-seeds", "--out", "{file}"], ["--out", "file", "name a folder"]),
        (["export-seeds", "--as-of", "soon"], ["--as-of", "soon", "YYYY-MM-DD"]),
        (["export-seeds", "--as-of", "2020-01-01"], ["--as-of", "2020-01-01", "2026-01-01"]),
        (["fly"], ["fly"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_a_bad_argument_is_told_in_one_line(
    arguments: list[str],
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "file"
    file.write_text("")
    assert main([argument.format(file=file) for argument in arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    for word in words:
        assert word in printed.err
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_with_other_content_stops_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*QUICK, "--out", str(tmp_path)]) == 0
    spoilt = min((tmp_path / "pos").iterdir())
    spoilt.write_bytes(b"{}\n")
    capsys.readouterr()
    assert main([*QUICK, "--out", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert str(spoilt) in error
    assert spoilt.read_bytes() == b"{}\n"


def test_a_full_disk_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "some/file")

    monkeypatch.setattr("generators.streams.land_file", full)
    assert main([*QUICK, "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        "error: some/file cannot be written (No space left on device)\n"
    )


@pytest.mark.parametrize(
    "command", [[], ["--help"], ["generate", "--help"], ["export-seeds", "--help"]]
)
def test_help_is_given(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 0
    assert "Usage: python -m generators" in capsys.readouterr().out


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long a replay waited each time, without waiting."""
    waited: list[float] = []
    monkeypatch.setattr("generators.cli.sleep", waited.append)
    return waited


REPLAY = ["generate", "--realtime", "--scale", "0.1", "--speed", "30", "--every", "4"]


def test_a_replay_waits_between_its_steps_and_tells_them(
    tmp_path: Path, naps: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*REPLAY, "--days", "1", "--end", "2025-10-04", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out.splitlines()
    steps = [line for line in printed if line.startswith("2025-10-0") and ":" in line]
    assert [line[14:16] for line in steps] == ["00"] * len(steps)  # two hours each
    assert naps == [4.0] * len(steps)
    events = sum(int(word) for line in steps for word in line.split()[3::2])
    manifests = map(read_manifest, (tmp_path / "_manifests").glob("*_rt.json"))
    assert events == sum(manifest.totals.events for manifest in manifests)
    assert find_openings(tmp_path) == ["20251004"]


def test_a_replay_goes_on_after_a_run_until_it_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    days = ["--end", "2025-10-04", "--out", str(tmp_path)]
    assert main([*QUICK, *days]) == 0
    before = contents(tmp_path)
    naps: list[float] = []

    def stop_at_the_third(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("generators.cli.sleep", stop_at_the_third)
    capsys.readouterr()
    assert main([*REPLAY, *days]) == 0
    assert "stopped" in capsys.readouterr().out
    new = contents(tmp_path).keys() - before.keys()
    assert {Path(name).stem.split("_")[1] for name in new} == {"20251005"}
    naps.clear()
    assert main([*REPLAY, *days]) == 0  # it finds what it has landed, and waits for what is new
    assert contents(tmp_path).keys() - before.keys() > new
    assert find_openings(tmp_path) == ["20251001"]


def test_a_run_goes_on_after_a_replayed_day(tmp_path: Path, naps: list[float]) -> None:
    assert main([*REPLAY, "--days", "1", "--end", "2025-10-04", "--out", str(tmp_path)]) == 0
    assert run_until("2025-10-06", 2, tmp_path) == 0
    assert find_openings(tmp_path) == ["20251004"]


def start(arguments: list[str], landing: Path) -> subprocess.Popen[str]:
    """Start a run in processes of its own, and wait until it has landed something."""
    process = subprocess.Popen(
        [sys.executable, "-m", "generators", "generate", "--out", str(landing), *arguments],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not any(landing.glob("pos/pos_*")):
        time.sleep(0.02)
    return process


def assert_complete(landing: Path) -> int:
    """What ingestion sees are whole files; returns their number."""
    paths = [path for path in landing.glob("[!_]*/[!_]*") if path.is_file()]
    assert all(path.suffix == ".json" for path in paths)
    assert all(path.read_bytes().endswith(b"}\n") for path in paths)
    for path in landing.glob("_manifests/[!_]*"):
        for file in read_manifest(path).files:
            assert sha256((landing / file.path).read_bytes()).hexdigest() == file.sha256
    return len(paths)


needs_signals = pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")
LONG = ["--days", "2000", "--source", "pos", "--scale", "2"]


@needs_signals
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interrupted_run_leaves_complete_files_only(tmp_path: Path, workers: str) -> None:
    process = start([*LONG, "--workers", workers], tmp_path)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert error.count("\n") == 1
    assert 0 < assert_complete(tmp_path) < 2000
    assert not list(tmp_path.glob("*/_*"))


@needs_signals
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_killed_run_leaves_complete_files_only_and_no_process(
    tmp_path: Path, workers: str
) -> None:
    process = start([*LONG, "--workers", workers], tmp_path)
    process.kill()
    process.communicate(timeout=30)  # ends when the last process has closed its output
    landed = assert_complete(tmp_path)
    assert 0 < landed < 2000
    assert assert_complete(tmp_path) == landed


@needs_signals
def test_an_interrupted_replay_ends_well_with_complete_files_only(tmp_path: Path) -> None:
    process = start(["--realtime", "--source", "pos"], tmp_path)
    process.send_signal(signal.SIGINT)
    output, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (0, "")
    assert "stopped" in output
    assert output.splitlines()[-1].startswith(" seconds")
    assert 0 < assert_complete(tmp_path) < 100
    assert not list(tmp_path.glob("*/_*"))
