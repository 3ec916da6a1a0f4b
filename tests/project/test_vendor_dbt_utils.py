"""The stand-in for dbt_utils does what the package does: one tiny project, built on DuckDB."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import duckdb
import pytest

VENDORED = Path(__file__).parents[2] / "vendor" / "dbt_utils"

PROJECT = {
    "dbt_project.yml": """
        name: tiny
        version: "1.0"
        profile: tiny
        flags: {send_anonymous_usage_stats: false}
    """,
    "profiles.yml": """
        tiny:
          target: local
          outputs: {local: {type: duckdb, path: tiny.duckdb, threads: 1}}
    """,
    "packages.yml": """
        packages: [{package: dbt-labs/dbt_utils, version: 1.3.3}]
    """,
    "models/one_number.sql": "{{ dbt_utils.generate_series(1) }}",
    "models/many_numbers.sql": "{{ dbt_utils.generate_series(4384) }}",
    "models/amounts.sql": """
        select 1 as amount
        union all select null
        union all select 10
        union all select 10
    """,
    "models/_models.yml": """
        models:
          - name: amounts
            columns:
              - name: amount
                data_tests:
                  - dbt_utils.accepted_range:
                      name: range_holds
                      arguments: {min_value: 1, max_value: 10}
                  - dbt_utils.accepted_range:
                      name: range_without_bounds_holds
                  - dbt_utils.accepted_range:
                      name: range_breaks_below
                      arguments: {min_value: 2}
                  - dbt_utils.accepted_range:
                      name: range_breaks_at_its_bound
                      arguments: {max_value: 10, inclusive: false}
    """,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the tiny project and return its folder."""
    folder = tmp_path_factory.mktemp("tiny")
    for name, text in PROJECT.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(dedent(text))
    shutil.copytree(VENDORED, folder / "dbt_packages" / "dbt_utils")
    subprocess.run(
        [Path(sys.executable).with_name("dbt"), "--quiet", "build", "--profiles-dir", "."],
        cwd=folder,
        check=False,  # tests of the project fail on purpose
    )
    return folder


@pytest.fixture
def warehouse(project: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(project / "tiny.duckdb"), read_only=True)


def test_generate_series_has_each_number_once(warehouse: duckdb.DuckDBPyConnection) -> None:
    for table, upper_bound in (("one_number", 1), ("many_numbers", 4384)):
        rows = warehouse.sql(f"select generated_number from {table} order by 1").fetchall()
        assert [number for (number,) in rows] == list(range(1, upper_bound + 1))


@pytest.mark.parametrize(
    ("name", "failures"),
    [
        ("range_holds", 0),
        ("range_without_bounds_holds", 0),
        ("range_breaks_below", 1),
        ("range_breaks_at_its_bound", 2),
    ],
)
def test_generic_test_counts_what_breaks_it(project: Path, name: str, failures: int) -> None:
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    found = [r["failures"] for r in results if r["unique_id"].split(".")[2] == name]
    assert found == [failures]
