"""The same files, batch by batch, on DuckDB and through dbt-databricks on the local warehouse."""

import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from generators.seeds import export_seeds
from tests.databricks.new_column import add_contract_column, sales_with_the_new_column
from tests.dbt_forks import DbtForks, Run
from tests.duckdb_warehouse import CLOCK_COLUMNS, Row, Warehouse, copy_project, item, sale
from tests.faults.answer_key import deliveries
from tests.faults.worlds import FaultedWorld
from tests.hostile.test_files import FILES
from tests.multi_run.troubled_world import DAYS, troubled_files
from tests.warehouse.log import Entry
from tests.warehouse.process import SqlWarehouse

SCHEMA = "retail"
SEED = 3
FAULT_SEED = 10
READERS = ["analysts", "data science"]
UNMASKED_GROUP = "customer care's"
VARIABLES = {
    "landing_path": f"/Volumes/main/{SCHEMA}/landing",
    "readers": READERS,
    "unmasked_group": UNMASKED_GROUP,
}
LATER = date(2027, 6, 30)
"""The day of the second export of master data: customers have moved by then."""

NOT_FOR_BOTH = {name for name in FILES if set(name) & set("[]{}*?")} | {"no_gzip_at_all.json.gz"}
"""Names that the local warehouse refuses; a file that fails the load on Databricks as on Spark."""

ACCOUNTS = ["ops_reconciliation", "ops_control_totals"]
"""Views of what became of the files of all batches, dear to make and to read.

Made in the first batch and the last, and read after the last.
"""

WITHOUT_TESTS = ["--exclude-resource-type", "test", "unit_test"]

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
    """Three batches, and everything once more from the start.

    Files of a world with every kind of fault arrive with each.
    """

    first: Batch
    """A day."""
    second: Batch
    """Another one, with late and conflicting events."""
    last: Batch
    """A third one, hostile files, changed customers, and a field that the contract has anew."""
    refreshed: Batch
    """A full refresh."""
    faults: FaultedWorld

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


def build_on_both(warehouse: SqlWarehouse, folder: Path, tables: Sequence[str]) -> Builds:
    """Land the files batch by batch, in one folder for both, and build after each."""
    project = DatabricksProject.create(folder / "databricks", warehouse)
    copy_project(folder / "duckdb")
    local = Warehouse(folder / "duckdb", DbtForks(folder / "duckdb"))
    landing = local.folder / "landing"
    landing.mkdir()
    (warehouse.volumes / "main" / SCHEMA).mkdir(parents=True)
    (warehouse.volumes / "main" / SCHEMA / "landing").symlink_to(landing)
    files = troubled_files(SEED, folder / "generated")
    faults = FaultedWorld.make(folder, FAULT_SEED, scale=0.1, opening=False)
    faulted_files = iter(deliveries(faults.faulted, builds=3))

    def batch(
        *commands: Sequence[str], options: Sequence[str] = (), views: Sequence[str] = ()
    ) -> Batch:
        names = [*tables, *views]
        with ThreadPoolExecutor(1) as beside:
            on_duckdb = beside.submit(local.run, "build", *options, *WITHOUT_TESTS)
            before = len(warehouse.statements())
            for command in commands:
                project.run(*command, *options)
            on_duckdb.result()
        statements = warehouse.statements()[before:]
        return Batch(project.tables(names), statements, _duckdb_tables(local, names))

    def land(day: str) -> None:
        for (source, of_day), lines in files.items():
            if of_day == day:
                local.land(f"{day}.json", lines, source)
        faults.land(next(faulted_files), landing)

    land(DAYS[0])
    first = batch(["seed"], ["snapshot"], ["run"])

    land(DAYS[1])
    _land_with_manifest(local)
    second = batch(["run", "--exclude", *ACCOUNTS], ["test", "--select", "test_type:unit"])

    land(DAYS[2])
    local.land("new_column.json", sales_with_the_new_column())
    for name in FILES.keys() - NOT_FOR_BOTH:
        (landing / "pos" / name).write_bytes(FILES[name].content)
    for engine in (project, local):
        export_seeds(engine.folder / "seeds", LATER)
        add_contract_column(engine.folder)
        engine.dbt.close()
    project = DatabricksProject(project.folder, warehouse, DbtForks(project.folder, VARIABLES))
    local = Warehouse(local.folder, DbtForks(local.folder))
    last = batch(["build", "--exclude-resource-type", "unit_test"], views=ACCOUNTS)

    refreshed = batch(["build", *WITHOUT_TESTS, "--exclude", *ACCOUNTS], options=["--full-refresh"])
    project.run("docs", "generate")
    project.dbt.close()
    local.dbt.close()
    return Builds(first, second, last, refreshed, faults)


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


def _duckdb_tables(warehouse: Warehouse, names: Sequence[str]) -> Tables:
    with duckdb.connect(str(warehouse.folder / "retail.duckdb"), read_only=True) as connection:
        return {name: connection.sql(f"select * from {name}").to_arrow_table() for name in names}


# Comparison

LEFT_OUT = CLOCK_COLUMNS | {"quarantine_id"}
"""What differs by the clock, and by the path under which an engine sees a file."""
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
    if column in ("_source_file", "resolved_by"):
        return os.path.basename(unquote(value) if value.startswith("dbfs:") else value)
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
