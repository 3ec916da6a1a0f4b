"""What a newcomer sees first: a build of everything, unit tests with it, and no warning."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.duckdb_warehouse import Warehouse, copy_project, sale


def test_dbt_build_in_a_fresh_clone_has_nothing_to_warn_about(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    copy_project(clone)
    (clone / "landing" / "pos").mkdir(parents=True)
    Warehouse.land(Warehouse(clone, None), "1.json", [sale("A")])  # type: ignore[arg-type]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_", "DBT_"))}
    for options in ([], ["--exclude-resource-type", "unit_test"]):
        build = subprocess.run(
            [Path(sys.executable).with_name("dbt"), "--warn-error", "build", *options],
            cwd=clone,
            env=environment | {"NO_COLOR": "1", "DBT_USE_COLORS": "false"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert build.returncode == 0, build.stdout
        assert "WARN=0 ERROR=0 SKIP=0" in build.stdout
        said = [
            line for line in build.stdout.splitlines() if re.search(r"(?i)warning|deprec", line)
        ]
        assert not said
        assert build.stderr == ""
    # The semantic models, metrics and saved queries have been validated.
    assert (clone / "target" / "semantic_manifest.json").stat().st_size > 1000
