"""Trouble with the machine: a full disk, a file that another process has, or that is none."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from dbt_common.exceptions import DbtRuntimeError

from tests.support.duckdb_warehouse import STREAMS, Warehouse, differences
from tools.duckdb_file import wait_for

HOLDER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has a DuckDB file open until its stdin ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.communicate()


@pytest.mark.slow
def test_a_full_disk_stops_a_load_with_a_line_and_the_next_load_makes_it_good(
    new_warehouse: Callable[[], Warehouse],
) -> None:
    filled, roomy = new_warehouse(), new_warehouse()
    for warehouse in (filled, roomy):
        events = [stream.make(f"E{n}") for n in range(3000) for stream in STREAMS.values()]
        warehouse.land_by_stream("1.json", events)
    log = filled.folder / "retail.duckdb.wal"
    written = log.stat().st_size if log.exists() else 0
    failed = 0
    for room in (1_000, 600_000, 1_500_000):
        run = filled.load(largest_file=written + room, check=False)
        messages = [run.messages[name] for name in run.nodes if run.nodes[name] == "error"]
        assert all("File too large" in message for message in messages)
        failed += len(messages) > 0
    assert failed
    filled.load()
    roomy.load()
    assert not differences(roomy.tables(), filled.tables())


@pytest.mark.slow
def test_a_second_dbt_says_that_it_waits_for_the_first_and_then_does_its_work(
    prepared_warehouse: Warehouse, warehouse: Warehouse
) -> None:
    parsed = prepared_warehouse.folder / "target" / "partial_parse.msgpack"
    shutil.copy(parsed, warehouse.folder / "target")
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet"]
    with held(warehouse.folder / "retail.duckdb") as first:
        second = subprocess.Popen(
            [*command, "run", "--select", "gold_channel_dim", "--profiles-dir", "."],
            cwd=warehouse.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert second.stderr
        told = second.stderr.readline()
        assert f"retail.duckdb is in use by process {first.pid}; waiting" in told
        assert second.poll() is None
    assert second.communicate() == ("", "")
    assert second.returncode == 0


def test_who_does_not_want_to_wait_any_longer_is_told_who_has_the_file(tmp_path: Path) -> None:
    path = tmp_path / "retail.duckdb"
    with held(path) as holder, pytest.raises(DbtRuntimeError) as told:
        wait_for(path, {}, patience=0)
    assert str(told.value).splitlines()[-1].strip() == (
        f"{path} is in use by process {holder.pid}: end that, then run this again"
    )


@pytest.mark.parametrize("trouble", ["no folder", "no database", "a folder"])
def test_a_file_that_cannot_be_opened_is_told_in_a_line(tmp_path: Path, trouble: str) -> None:
    path = tmp_path / "retail.duckdb"
    if trouble == "no folder":
        path = tmp_path / "none" / "retail.duckdb"
    elif trouble == "no database":
        path.write_text("no database at all")
    else:
        path.mkdir()
    with pytest.raises(DbtRuntimeError, match="cannot be opened") as told:
        wait_for(path, {})
    assert "RETAIL_DUCKDB" in str(told.value).splitlines()[-1]


def test_a_file_that_can_be_opened_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "retail.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table held as select 1 as one")
    before = path.read_bytes()
    wait_for(path, {})
    assert path.read_bytes() == before
