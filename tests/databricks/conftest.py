"""The project compiled for Databricks and built by the local SQL warehouse, without a workspace."""

import os
from collections.abc import Iterator

import pytest

from tests.support.both_engines import Builds, build_on_both
from tests.support.compiled_project import Compiled, dbt_without_network
from tests.support.duckdb_warehouse import copy_project
from tests.support.sql_warehouse.java import missing_jdk
from tests.support.sql_warehouse.process import SqlWarehouse


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
    """The same files taken in by both engines in two batches; only to be read."""
    folder = tmp_path_factory.mktemp("both")
    return build_on_both(
        sql_warehouse,
        folder,
        [*compiled.models("silver", "gold"), "ops_batch_manifests", "ops_event_lag"],
    )
