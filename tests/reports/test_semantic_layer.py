"""The semantic layer on the local engine; tests/databricks compares it with the metric views."""

import subprocess
import sys
from pathlib import Path

from tests.duckdb_warehouse import copy_project


def test_the_project_parses_without_a_warning(tmp_path: Path) -> None:
    """Semantic models, metrics and saved queries are validated, and no configuration is unused."""
    project = tmp_path / "project"
    copy_project(project)
    run = subprocess.run(
        [Path(sys.executable).with_name("dbt"), "--quiet", "--warn-error", "parse"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert (project / "target" / "semantic_manifest.json").stat().st_size > 1000
