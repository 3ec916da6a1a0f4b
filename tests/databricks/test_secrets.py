"""Tokens come from the environment, and stay there: they are in no artifact, log or error."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.duckdb_warehouse import ROOT, copy_project
from tests.support.sql_warehouse.process import SqlWarehouse

pytestmark = [pytest.mark.databricks, pytest.mark.slow]

WRONG = "dapi-a-token-that-nobody-knows"


@pytest.fixture(scope="module")
def project(sql_warehouse: SqlWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose profile is the example's, but for where the warehouse is."""
    folder = tmp_path_factory.mktemp("secrets") / "project"
    copy_project(folder)
    profile = yaml.safe_load((ROOT / "profiles.yml.example").read_text())
    target = profile["retail_medallion"]["outputs"]["dev"]
    assert target["token"] == "{{ env_var('DATABRICKS_TOKEN', '') }}"
    reached = sql_warehouse.profile("secrets")
    target |= {name: reached[name] for name in ("host", "http_path", "connection_parameters")}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile))
    return folder


@pytest.mark.parametrize("is_right", [True, False], ids=["right", "wrong"])
def test_a_token_is_in_no_file_and_no_output(
    sql_warehouse: SqlWarehouse, project: Path, is_right: bool
) -> None:
    token = sql_warehouse.token if is_right else WRONG
    run = subprocess.run(
        [
            *(sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--debug"),
            *("run", "--target", "dev", "--profiles-dir", ".", "--select", "gold_time_dim"),
        ],
        cwd=project,
        env=os.environ | {"DATABRICKS_TOKEN": token, "RETAIL_SCHEMA": "secrets"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode == 0) == is_right, run.stdout
    assert token not in run.stdout + run.stderr
    written = [path for path in project.rglob("*") if path.is_file()]
    assert {"dbt.log", "manifest.json", "partial_parse.msgpack"} <= {path.name for path in written}
    assert not [path for path in written if token.encode() in path.read_bytes()]
