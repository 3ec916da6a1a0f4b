"""What SECURITY.md promises of settings and seeds; secrets are tested where a warehouse is."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.duckdb_warehouse import ROOT, Warehouse

HOSTILE = [
    ("landing_path", "landing'; drop table gold_sales_fact; --"),
    ("landing_path", "landing`"),
    ("landing_path", "../landing"),
    ("landing_path", "/Volumes/main/retail/../../secret"),
    ("landing_path", "landing\n/pos"),
    ("landing_path", "landing/*"),
    ("landing_path", "{landing,other}"),
    ("landing_path", ""),
    ("date_dim_start", "2020-01-01'); drop table gold_sales_fact; --"),
    ("date_dim_end", "2020-13-01"),
    ("test_scope", "everything"),
    ("readers", "analysts`; drop table gold_sales_fact; --"),
    ("unmasked_group", "customer\ncare"),
]


@pytest.mark.parametrize(("name", "value"), HOSTILE)
def test_a_setting_that_is_no_sound_value_stops_the_run_before_it_gets_into_a_statement(
    prepared_warehouse: Warehouse, name: str, value: str
) -> None:
    run = prepared_warehouse.run(
        "run", "--select", "gold_channel_dim", variables={name: value}, check=False
    )
    assert not run.success
    assert not run.nodes
    assert not [text for text in run.statements if value and value in text]
    assert run.error
    assert f"{name} is" in run.error


def test_a_schema_that_is_no_plain_name_is_refused(prepared_warehouse: Warehouse) -> None:
    profile = (ROOT / "profiles.yml.example").read_text()
    assert profile.count("schema: main\n") == 1
    folder = prepared_warehouse.folder / "hostile_profile"
    folder.mkdir()
    (folder / "profiles.yml").write_text(profile.replace("schema: main\n", "schema: 'a\"b'\n"))
    (folder / "tools").symlink_to(ROOT / "tools")
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "parse"]
    parsed = subprocess.run(
        [*command, "--profiles-dir", str(folder), "--target-path", str(folder / "target")],
        cwd=prepared_warehouse.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert parsed.returncode == 2
    assert "the schema is" in parsed.stdout
    assert "Traceback" not in parsed.stdout


@pytest.mark.parametrize("path", sorted((ROOT / "seeds").rglob("*.csv")), ids=lambda p: p.stem)
def test_no_text_of_a_seed_begins_like_a_formula(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        cells = {cell for row in csv.reader(file) for cell in row if cell[:1] in "=+-@\t\r"}
    numbers = {cell for cell in cells if cell.lstrip("-").replace(".", "", 1).isdigit() or not cell}
    assert not cells - numbers
