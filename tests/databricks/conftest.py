"""The project compiled for Databricks and built by the local SQL warehouse, without a workspace."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.databricks.both_engines import Builds, build_on_both
from tests.duckdb_warehouse import copy_project
from tests.warehouse.java import missing_jdk
from tests.warehouse.process import SqlWarehouse

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

    def models(self, *layers: str) -> list[str]:
        """Names of the models in these folders of models/, sorted."""
        return sorted(
            node["name"]
            for node in self.manifest["nodes"].values()
            if node["resource_type"] == "model" and node["fqn"][1] in layers
        )

    def _artifact(self, name: str) -> dict[str, Any]:
        artifact = json.loads((self.folder / "target" / f"{name}.json").read_text())
        assert isinstance(artifact, dict)
        return artifact


def dbt_without_network(folder: Path, *args: str, profiles: str = ".") -> str:
    """Run a dbt command on a copy of the project; it must succeed. Returns what it said."""
    command = [sys.executable, "-c", DBT_WITHOUT_NETWORK, "--no-use-colors", *args]
    run = subprocess.run(
        [*command, "--profiles-dir", profiles],
        cwd=folder,
        env=os.environ | CREDENTIALS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The project, compiled for the target `prod`; whatever dbt warns of is an error."""
    folder = tmp_path_factory.mktemp("databricks") / "project"
    copy_project(folder)
    options = ["--target", "prod", "--no-populate-cache"]
    dbt_without_network(folder, "--warn-error", "compile", *options)
    return Compiled(folder)


@pytest.fixture(scope="session")
def sql_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlWarehouse]:
    """The local SQL warehouse; it takes ten seconds to start."""
    reason = missing_jdk()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    warehouse = SqlWarehouse(tmp_path_factory.mktemp("sql_warehouse") / "files")
    yield warehouse
    warehouse.stop()


@pytest.fixture(scope="session")
def builds(
    sql_warehouse: SqlWarehouse,
    compiled: Compiled,
    tmp_path_factory: pytest.TempPathFactory,
) -> Builds:
    """The same files taken in by both engines in three batches; only to be read."""
    folder = tmp_path_factory.mktemp("both")
    return build_on_both(
        sql_warehouse,
        folder,
        [*compiled.models("silver", "gold"), "ops_batch_manifests", "ops_event_lag"],
    )
