"""The stand-in for dbt_utils does what the package does: one tiny project, built on DuckDB."""

import json
import shutil
import subprocess
import sys
from datetime import date, timedelta
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
    "models/days.sql": """
        {{ dbt_utils.date_spine('day', "date '2023-12-30'", "date '2026-01-01'") }}
    """,
    "models/months.sql": """
        {{ dbt_utils.date_spine('month', "date '2024-01-01'", "date '2024-04-01'") }}
    """,
    "models/one_day.sql": """
        {{ dbt_utils.date_spine('day', "date '2024-02-29'", "date '2024-03-01'") }}
    """,
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


def test_date_spine_has_each_day_once_and_leaves_out_the_end(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    rows = warehouse.sql("select cast(date_day as date) from days order by 1").fetchall()
    assert [day for (day,) in rows] == [date(2023, 12, 30) + timedelta(n) for n in range(733)]


def test_date_spine_steps_by_its_datepart(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.sql("select cast(date_month as date) from months order by 1").fetchall()
    assert [day for (day,) in rows] == [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]


def test_date_spine_of_one_period_has_one_row(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert warehouse.sql("select cast(date_day as date) from one_day").fetchall() == [
        (date(2024, 2, 29),)
    ]


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
