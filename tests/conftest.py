"""Warehouses for the tests that build one; each test has its own folder, files and database."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.support.duckdb_warehouse import Warehouse, prepared_in

for setting in [name for name in os.environ if name.startswith("RETAIL_")]:
    del os.environ[setting]  # a user's own; each test has its folders


@pytest.fixture(scope="session")
def prepared_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A warehouse with master data and no event table; only to be copied."""
    with prepared_in(tmp_path_factory.mktemp("prepared") / "warehouse") as warehouse:
        yield warehouse


@pytest.fixture
def new_warehouse(prepared_warehouse: Warehouse, tmp_path: Path) -> Callable[[], Warehouse]:
    """Makes another warehouse without events, each time it is called."""
    numbers = count(1)
    return lambda: prepared_warehouse.copy(tmp_path / f"warehouse_{next(numbers)}")


@pytest.fixture
def warehouse(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """A warehouse without events."""
    return new_warehouse()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take the generators' files last: they are short, so that all workers end at one time."""
    items.sort(key=lambda item: "generators" in item.path.parts)


class ByFileOrWarehouse(LoadFileScheduling):
    """Gives a worker all tests of a file, and one worker all tests of the one SQL warehouse."""

    def _split_scope(self, nodeid: str) -> str:
        scope = super()._split_scope(nodeid)
        return "tests/databricks" if scope.startswith("tests/databricks/") else scope


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileOrWarehouse | None:
    return ByFileOrWarehouse(config, log) if config.getvalue("dist") == "loadfile" else None
