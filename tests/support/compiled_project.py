"""The project as dbt compiles it for Databricks, without a workspace or a network."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlfluff.core import FluffConfig, Linter

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


def gold_tables(compiled: Compiled) -> list[dict[str, Any]]:
    return [
        node
        for node in compiled.manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["fqn"][1] == "gold"
        and node["config"]["materialized"] != "view"
    ]


def unparsable(*paths: Path) -> list[str]:
    """Place and description of whatever sqlfluff's Databricks dialect cannot parse."""
    # Its limit is for hostile input; the JSON of a rejected event nests deeper.
    settings = {"dialect": "databricks", "templater": "raw", "max_parse_depth": 5000}
    linter = Linter(config=FluffConfig(overrides=settings))
    return [
        f"{path}:{found.line_no}: {found.desc()}"
        for path in paths
        for found in linter.parse_string(path.read_text()).violations
    ]
