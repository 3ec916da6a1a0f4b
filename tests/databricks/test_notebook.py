"""The notebook, run cell by cell with stand-ins for what Databricks puts into a notebook."""

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.duckdb_warehouse import ROOT

pytestmark = pytest.mark.databricks

NOTEBOOK = ROOT / "notebooks" / "quickstart.py"


def cells() -> list[str]:
    header, *rest = NOTEBOOK.read_text().split("\n", 1)
    assert header == "# Databricks notebook source"
    return [cell.strip() for cell in rest[0].split("\n# COMMAND ----------\n")]


def of_python(cell: str) -> bool:
    """Whether a cell is Python; the others are nothing but lines of MAGIC."""
    magic = [line.startswith("# MAGIC") for line in cell.splitlines()]
    assert all(magic) or not any(magic), cell
    return not magic[0]


@dataclass
class Workspace:
    """A workspace whose volumes are below a folder and in which some tables are built."""

    folder: Path
    built: set[str] = field(default_factory=set)
    shown: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)

    def path(self, path: str) -> Path:
        return self.folder / path.removeprefix("/")

    def put(self, file: str, contents: str, overwrite: bool) -> None:
        path = self.path(file)
        assert overwrite or not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(contents)

    def table(self, name: str) -> Any:
        assert name in self.built
        return SimpleNamespace(count=lambda: 0, limit=lambda rows: name)

    def run(self) -> dict[str, Any]:
        """Run the notebook from its first cell to its last."""
        dbutils = SimpleNamespace(
            fs=SimpleNamespace(
                put=self.put, mv=lambda src, dst: self.path(src).rename(self.path(dst))
            ),
            widgets=SimpleNamespace(text=self.values.setdefault, get=self.values.__getitem__),
        )
        names: dict[str, Any] = {
            "dbutils": dbutils,
            "display": self.shown.append,
            "spark": SimpleNamespace(
                table=self.table, catalog=SimpleNamespace(tableExists=self.built.__contains__)
            ),
        }
        for cell in cells():
            if of_python(cell):
                exec(compile(cell, NOTEBOOK.name, "exec"), names)
        return names


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with the bundle deployed; the folder of the notebook is the current one."""
    monkeypatch.chdir(NOTEBOOK.parent)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return Workspace(tmp_path)


def test_the_notebook_lands_every_event_and_manifest(workspace: Workspace) -> None:
    names = workspace.run()
    assert Path(sys.path[-1]).resolve() == ROOT
    landing = workspace.path("/Volumes/main/retail/landing")
    for stream, events in names["events_a_day"].items():
        [file] = (landing / stream).iterdir()
        lines = file.read_text().splitlines()
        assert len(lines) == events
        assert all(isinstance(json.loads(line), dict) for line in lines)
    manifests = [json.loads(path.read_text()) for path in (landing / "_manifests").iterdir()]
    assert {manifest["stream"] for manifest in manifests} == set(names["events_a_day"])


def test_the_notebook_shows_what_is_built(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.values["schema"] = "dev_jane_retail"
    workspace.built = {"main.dev_jane_retail.gold_sales_fact_all"}
    workspace.run()
    assert workspace.shown == ["main.dev_jane_retail.gold_sales_fact_all"]
    assert "main.dev_jane_retail.report_daily_sales is not built yet" in capsys.readouterr().out


def test_the_notebook_shows_tables_that_there_are(workspace: Workspace) -> None:
    models = {path.stem for path in (ROOT / "models").rglob("*.sql")}
    assert set(workspace.run()["tables"]) <= models


def test_the_notebook_installs_what_the_lock_says() -> None:
    installed = re.findall(r"^# MAGIC %pip install --quiet (.*)$", NOTEBOOK.read_text(), re.M)
    lock = (ROOT / "requirements.txt").read_text().splitlines()
    for package in " ".join(installed).split():
        assert any(line.startswith(f"{package} ") for line in lock), package
    assert installed
