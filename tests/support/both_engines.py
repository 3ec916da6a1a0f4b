"""The same files, batch by batch, on DuckDB and through dbt-databricks on the local warehouse."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from generators.seeds import export_seeds
from tests.support.answer_key import deliveries
from tests.support.dbt_forks import DbtForks, Run
from tests.support.duckdb_warehouse import (
    CLOCK_COLUMNS,
    ROOT,
    Event,
    Row,
    Warehouse,
    copy_project,
    item,
    sale,
)
from tests.support.faulted_world import DAYS, faulted_files
from tests.support.injected_faults import TwinWorlds
from tests.support.irregular_files import FILES
from tests.support.lists import change_lists
from tests.support.oracle.master_data import MasterData
from tests.support.procedures import follow
from tests.support.sql_warehouse.log import Entry
from tests.support.sql_warehouse.process import SqlWarehouse

SCHEMA = "retail"
SEED = 3
FAULT_SEED = 10
READERS = ["analysts", "data science"]
UNMASKED_GROUP = "customer care's"
BUILD_DAY = {"build_day": "2026-01-31"}
VARIABLES = BUILD_DAY | {
    "landing_path": f"/Volumes/main/{SCHEMA}/landing",
    "readers": READERS,
    "unmasked_group": UNMASKED_GROUP,
}
LATER = date(2027, 6, 30)
"""The day of the second export of master data: customers have moved by then, and more changed."""

COLUMN = "loyalty_card"
"""What docs/operations.md adds to till sales as an example."""
WITH_NEW_COLUMN = ["silver_pos_deliveries", "gold_sales_fact"]
"""The incremental models that gain it."""

NOT_FOR_BOTH = {name for name in FILES if set(name) & set("[]{}*?")} | {"no_gzip_at_all.json.gz"}
"""Names that the local warehouse refuses; a file that fails the load on Databricks as on Spark."""

ACCOUNTS = ["ops_reconciliation", "ops_control_totals"]
"""Views of what became of all files, which take long to read: after the last batch only."""

WITHOUT_TESTS = ["--exclude-resource-type", "test", "unit_test"]
WITHOUT_UNIT_TESTS = ["--exclude-resource-type", "unit_test"]
"""As the job does: unit tests test the code, not the data."""
REFRESHED = ["bronze_pos_transactions+", "--exclude", "ops", "reports", "semantic"]
"""One stream, from its files to the facts that other facts don't wait for."""

Tables: TypeAlias = dict[str, pa.Table]


@dataclass(frozen=True)
class Batch:
    """What both engines hold after a batch, by table."""

    databricks: Tables
    statements: list[Entry]
    """What dbt sent to Databricks, in order."""
    duckdb: Tables


@dataclass(frozen=True)
class Builds:
    """A first build, one with all that can befall a later one, and one with nothing new.

    Files of a world with every kind of fault are among those of the first two. That loads of every
    order and size come to the same tables is proven on DuckDB.
    """

    first: Batch
    """A day; with data tests and unit tests."""
    last: Batch
    """Two more days.

    With late and conflicting events, hostile files, lists in which anything may have changed, a
    manifest, and a field that the contract has gained; with data tests.
    """
    unchanged: Batch
    """Nothing new; with data tests. DuckDB is not asked."""
    refreshed: Batch
    """A full refresh of POS alone."""
    faults: TwinWorlds
    master: MasterData
    """The master data after the last batch."""

    def after(self, batch: str) -> Batch:
        """The batch of that name."""
        found = getattr(self, batch)
        assert isinstance(found, Batch)
        return found


@dataclass(frozen=True)
class DatabricksProject:
    """A copy of the project whose target is the local SQL warehouse."""

    folder: Path
    warehouse: SqlWarehouse
    dbt: DbtForks

    @classmethod
    def create(cls, folder: Path, warehouse: SqlWarehouse) -> "DatabricksProject":
        """Copy the project and parse it."""
        copy_project(folder)
        example = yaml.safe_load((folder / "profiles.yml").read_text())
        example["retail_medallion"]["target"] = "dev"
        outputs = example["retail_medallion"]["outputs"]
        outputs["dev"] |= warehouse.profile(SCHEMA)
        (folder / "profiles.yml").write_text(yaml.safe_dump(example))
        return cls(folder, warehouse, DbtForks(folder, VARIABLES))

    def run(self, *args: str) -> Run:
        """Run a dbt command, which must succeed."""
        run = self.dbt.run(self.folder, [*args, "--vars", json.dumps(VARIABLES)])
        bad = {
            name: run.messages[name]
            for name, status in run.nodes.items()
            if status in ("error", "fail", "skipped")
        }
        assert run.success and not bad, run.error or bad or run.nodes
        return run

    def tables(self, names: Sequence[str]) -> Tables:
        """All rows of these tables."""
        with self.warehouse.connect(SCHEMA) as connection, connection.cursor() as cursor:
            return {
                name: cursor.execute(f"select * from {SCHEMA}.{name}").fetchall_arrow()
                for name in names
            }


BATCHES = [field.name for field in fields(Builds) if field.type is Batch]
ON_BOTH = [batch for batch in BATCHES if batch != "unchanged"]


def build_on_both(warehouse: SqlWarehouse, folder: Path, tables: Sequence[str]) -> Builds:
    """Land the files in one folder for both, and build after each batch."""
    project = DatabricksProject.create(folder / "databricks", warehouse)
    copy_project(folder / "duckdb")
    local = Warehouse(folder / "duckdb", DbtForks(folder / "duckdb"))
    landing = local.folder / "landing"
    landing.mkdir()
    (warehouse.volumes / "main" / SCHEMA).mkdir(parents=True)
    (warehouse.volumes / "main" / SCHEMA / "landing").symlink_to(landing)
    files = faulted_files(SEED, folder / "generated")
    faults = TwinWorlds.make(folder, FAULT_SEED, scale=0.1, opening=False)
    with_faults = iter(deliveries(faults.faulted, builds=2))

    def databricks(*command: str, names: Sequence[str] = tables) -> tuple[Tables, list[Entry]]:
        before = len(warehouse.statements())
        project.run(*command)
        statements = warehouse.statements()[before:]
        return project.tables(names), statements

    def both(*command: str, names: Sequence[str] = tables, without: Sequence[str] = ()) -> Batch:
        with ThreadPoolExecutor(1) as beside:
            on_duckdb = beside.submit(local.run, *command, *WITHOUT_TESTS, variables=BUILD_DAY)
            on_databricks, statements = databricks(*command, *without, names=names)
            on_duckdb.result()
        return Batch(on_databricks, statements, _duckdb_tables(local, names))

    def land(*days: str) -> None:
        for (source, day), lines in files.items():
            if day in days:
                local.land(f"{day}.json", lines, source)
        faults.land(next(with_faults), landing)

    land(DAYS[0])
    versions = [sale("TWICE"), sale("TWICE"), sale("TWO"), sale("TWO", register_id=2)]
    local.land("of_one_day_alone.json", versions)
    first = both("build")

    land(*DAYS[1:])
    _land_with_manifest(local)
    local.land("new_column.json", _sales_with_the_new_column())
    for name in FILES.keys() - NOT_FOR_BOTH:
        (landing / "pos" / name).write_bytes(FILES[name].content)
    for engine in (project, local):
        export_seeds(engine.folder / "seeds", LATER)
        change_lists(engine.folder / "seeds", Random(SEED))
        follow(engine.folder, "A new column in a stream")
        engine.dbt.close()
    project = DatabricksProject(project.folder, warehouse, DbtForks(project.folder, VARIABLES))
    local = Warehouse(local.folder, DbtForks(local.folder))
    last = both("build", names=[*tables, *ACCOUNTS], without=WITHOUT_UNIT_TESTS)

    unchanged = Batch(*databricks("build", *WITHOUT_UNIT_TESTS), duckdb={})

    refreshed = both("build", "--full-refresh", "--select", *REFRESHED, without=WITHOUT_TESTS)
    project.run("docs", "generate")
    project.dbt.close()
    local.dbt.close()
    master = MasterData(ROOT / "seeds")
    master.take(local.folder / "seeds", date.fromisoformat(BUILD_DAY["build_day"]))
    return Builds(first, last, unchanged, refreshed, faults, master)


def _land_with_manifest(local: Warehouse) -> None:
    """Land a sale with a manifest that says so."""
    local.land(
        "manifested.json",
        [sale("MANIFESTED", items=[item(qty=2), item(price=0.05, sku="SKU_000002")])],
    )
    manifest = {
        "batch": "manifested",
        "stream": "pos",
        "day": DAYS[1],
        "seed": 1,
        "scale": 0.5,
        "files": [{"path": "pos/manifested.json", "lines": 1, "bytes": 1, "sha256": ""}],
        "totals": {"events": 1, "line_items": 2, "quantity": 3, "net_sales": "20.05"},
    }
    local.land("manifested.json", json.dumps(manifest, indent=2).encode(), "_manifests")


def _sales_with_the_new_column() -> list[Event]:
    """Sales of today's writers: with the field, without it, with both."""
    at = "2026-02-01T12:00:00Z"
    return [
        sale("NEW-1", at=at, **{COLUMN: "CARD-1"}),
        sale("NEW-2", at=at),
        sale("NEW-2", at=at, updated_at="2026-02-01T13:00:00Z", **{COLUMN: "CARD-2"}),
        sale("NEW-3", at=at, items="none", **{COLUMN: "CARD-3"}),
    ]


def _duckdb_tables(warehouse: Warehouse, names: Sequence[str]) -> Tables:
    with duckdb.connect(str(warehouse.folder / "retail.duckdb"), read_only=True) as connection:
        return {name: connection.sql(f"select * from {name}").to_arrow_table() for name in names}


# Comparison

LEFT_OUT = CLOCK_COLUMNS | {"quarantine_id"}
"""What differs by the clock, and by what depends on it."""
RAW = re.compile("items|shipping_address|cart|raw_content|.*_text")
"""Columns of raw content, in which each engine has its own spelling of numbers and blanks."""


def columns(table: pa.Table) -> dict[str, str]:
    """Name and type of each column, in order; the types in common names."""
    return {field.name: _type_name(field.type) for field in table.schema}


def _type_name(data_type: pa.DataType) -> str:
    if pa.types.is_timestamp(data_type):
        return "timestamp"
    if pa.types.is_list(data_type):
        return f"array<{_type_name(data_type.value_type)}>"
    if pa.types.is_struct(data_type):
        return f"struct<{', '.join(f'{each.name}: {_type_name(each.type)}' for each in data_type)}>"
    return str(data_type).replace("large_", "").replace("decimal128", "decimal")


def rows(table: pa.Table) -> Counter[Row]:
    """The rows that two engines must agree on, and how often each is there."""
    if "landed_line_count" in table.column_names:  # Databricks keeps no ledger of empty files
        table = table.filter(pc.greater(table["landed_line_count"], 0))
    names = sorted(set(table.column_names) - LEFT_OUT)
    values = [[_comparable(name, v) for v in table.column(name).to_pylist()] for name in names]
    return Counter(zip(*values, strict=True))


def _comparable(column: str, value: Any) -> Any:
    if value is None:
        return None
    if column == "_rescued_data":
        return tuple(sorted(json.loads(value)))
    if RAW.fullmatch(column):
        return json.dumps(_content(value, is_whole=True))
    if isinstance(value, list):
        return tuple(str(element) for element in value)
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value


def _content(value: Any, *, is_whole: bool = False) -> Any:
    """What a raw value says, whatever is JSON in a text.

    A number is that however it is spelt: as JSON anywhere, in a text only if it is the whole value.
    """
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, dict):
        return {key: _content(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_content(each) for each in value]
    if isinstance(value, str):
        try:
            said = json.loads(value, parse_float=Decimal, parse_int=Decimal)
        except ValueError:
            return value
        if isinstance(said, dict | list) or (is_whole and isinstance(said, Decimal)):
            return _content(said)
    return value
