import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generators.cli import main
from generators.seeds import render_seeds
from generators.streams import STREAMS

QUICK = ["generate", "--days", "4", "--scale", "0.1"]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_rerun_says_that_the_files_were_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*QUICK, "--out", str(tmp_path)]) == 0
    assert "4 (0 were there already)" in capsys.readouterr().out
    assert main([*QUICK, "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "4 (4 were there already)" in printed.out
    assert printed.err == ""
    assert sorted(contents(tmp_path)) == sorted(
        f"pos_202601{day}_{name.split('_')[2]}"
        for day, name in zip((28, 29, 30, 31), sorted(contents(tmp_path)), strict=True)
    )


def test_shards_together_are_the_whole(tmp_path: Path) -> None:
    assert main([*QUICK, "--out", str(tmp_path / "whole")]) == 0
    shards = [tmp_path / str(index) for index in (1, 2, 3)]
    for index, shard in enumerate(shards, 1):
        assert main([*QUICK, "--shard", f"{index}/3", "--out", str(shard)]) == 0
    parts = [contents(shard) for shard in shards]
    assert sum(map(len, parts)) == 4
    assert {name: data for part in parts for name, data in part.items()} == contents(
        tmp_path / "whole"
    )


def test_another_seed_or_scale_lands_beside_the_first(tmp_path: Path) -> None:
    for extra in ([], ["--seed", "1"], ["--scale", "0.2"]):
        assert main([*QUICK, *extra, "--out", str(tmp_path)]) == 0
    assert len(contents(tmp_path)) == 12
    ids = [
        line.split(b'"')[3] for data in contents(tmp_path).values() for line in data.splitlines()
    ]
    assert len(set(ids)) == len(ids)


def test_the_landing_folder_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETAIL_LANDING", str(tmp_path / "here"))
    assert main(QUICK) == 0
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


@pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interrupted_run_leaves_complete_files_only(tmp_path: Path, workers: str) -> None:
    arguments = ["--days", "2000", "--scale", "2", "--workers", workers, "--out", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "generators", "generate", *arguments],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
        text=True,
    )
    folder = tmp_path / "pos"
    while process.poll() is None and not (folder.is_dir() and any(folder.glob("pos_*"))):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert error.count("\n") == 1
    names = sorted(path.name for path in folder.iterdir())
    assert 0 < len(names) < 2000
    assert all(name.startswith("pos_") and name.endswith(".json") for name in names)
    assert all((folder / name).read_bytes().endswith(b"}\n") for name in names)
