"""The project compiled for Databricks, without a workspace."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.duckdb_warehouse import copy_project

# dbt as a command, in a process that cannot look up a name or open a connection.
DBT_WITHOUT_NETWORK = """
import socket

def refuse(*args, **kwargs):
    raise ConnectionRefusedError(f"no network in this test: {args}")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse

from dbt.cli.main import cli
cli()
"""

CREDENTIALS = {
    "DATABRICKS_HOST": "workspace.invalid",
    "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/none",
    "DATABRICKS_TOKEN": "none",
    "DATABRICKS_CLIENT_ID": "none",
    "DATABRICKS_CLIENT_SECRET": "none",
    "RETAIL_LANDING": "/Volumes/main/retail/landing",
}


@dataclass(frozen=True)
class Compiled:
    """A folder in which dbt compiled the project, and what dbt wrote there."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return self._artifact("manifest")

    @cached_property
    def statuses(self) -> dict[str, str]:
        """How the compilation of each node ended, by its unique id."""
        return {r["unique_id"]: r["status"] for r in self._artifact("run_results")["results"]}

    def _artifact(self, name: str) -> dict[str, Any]:
        artifact = json.loads((self.folder / "target" / f"{name}.json").read_text())
        assert isinstance(artifact, dict)
        return artifact


def dbt_without_network(folder: Path, *args: str) -> None:
    """Run a dbt command on a copy of the project; it must succeed."""
    command = [sys.executable, "-c", DBT_WITHOUT_NETWORK, "--no-use-colors", *args]
    run = subprocess.run(
        [*command, "--profiles-dir", "."],
        cwd=folder,
        env=os.environ | CREDENTIALS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The project, compiled for the target `dev`."""
    folder = tmp_path_factory.mktemp("databricks") / "project"
    copy_project(folder)
    dbt_without_network(folder, "compile", "--target", "dev", "--no-populate-cache")
    return Compiled(folder)
