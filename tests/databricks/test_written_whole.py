"""A model that stops leaves what there was, and the logs are one statement each."""

import re

import pytest

from tests.support.both_engines import BATCHES, SCHEMA, Builds
from tests.support.compiled_project import Compiled
from tests.support.sql_warehouse.process import SqlWarehouse

pytestmark = [pytest.mark.databricks, pytest.mark.slow]


@pytest.fixture(scope="module")
def sent(builds: Builds, sql_warehouse: SqlWarehouse) -> list[str]:
    """Every statement that dbt sent for the schema of the builds, without comments, on one line."""
    assert builds.last
    texts = [
        re.sub(r"^\s*/\*.*?\*/", "", entry.statement, flags=re.DOTALL)
        for entry in sql_warehouse.statements()
        if "dbt_core_version" in entry.tags
    ]
    return [" ".join(text.split()) for text in texts if f"`{SCHEMA}`" in text]


def names(compiled: Compiled, *materializations: str) -> list[str]:
    return sorted(
        node["name"]
        for node in compiled.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] in materializations
    )


def test_a_table_is_made_with_its_rows_in_one_statement(
    sent: list[str], compiled: Compiled
) -> None:
    for name in names(compiled, "incremental", "table"):
        start = f"create or replace table `main`.`{SCHEMA}`.`{name}` "
        created = [text for text in sent if text.startswith(start)]
        assert created, name
        assert all(re.search(r" as (with|select|\() ?", text) for text in created), name


def test_each_log_is_made_once_and_written_by_one_insert_a_command(
    sent: list[str], compiled: Compiled
) -> None:
    inserts = {}
    for name in names(compiled, "log_table"):
        relation = f"`main`.`{SCHEMA}`.`{name}`"
        made = [text for text in sent if text.startswith(f"create or replace table {relation} ")]
        assert len(made) == 1, name
        inserts[name] = len([text for text in sent if text.startswith(f"insert into {relation} ")])
    assert inserts == dict.fromkeys(("ops_run_log", "ops_expectation_log"), len(BATCHES))
