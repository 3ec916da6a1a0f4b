"""A warehouse of a test's own: the project, a landing folder and a DuckDB file in one folder."""

import gzip
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import yaml

from tests.support.dbt_forks import DbtForks, Run

ROOT = Path(__file__).parents[2]

PROJECT = [
    "dbt_project.yml",
    "packages.yml",
    "macros",
    "models",
    "seeds",
    "data_tests",
    "tools",
]
EVENT_MODELS = ["bronze", "bronze+,silver", "silver_dimension_members", "gold.facts"]
"""What depends on events, for --select."""
PREPARED_MODELS = ["+gold.dimensions", "silver_dimension_members", "ops_batch_manifests"]
"""What is built before a test starts: master data, and the table of manifests, none of them yet."""

CLOCK_COLUMNS = {"_ingested_at", "_changed_at", "_load", "resolved_at"}
"""What two builds of the same files may have different."""
ARRIVAL_COLUMNS = CLOCK_COLUMNS | {
    "_source_file",
    "_delivery",
    "_duplicate_of",
    "resolved_by",
    "quarantine_id",
}
"""What may also differ when the same events come in other files, or in another order."""

ANY_FUTURE = {"max_future_hours": None}
"""For --vars: an event may be dated any time after its arrival."""

Row: TypeAlias = tuple[Any, ...]
Tables: TypeAlias = dict[str, Counter[Row]]
Event: TypeAlias = dict[str, Any]


def models_of(streams: Iterable["Stream"]) -> list[str]:
    """What depends on the events of these streams, for --select."""
    return ["silver_dimension_members", *(way for stream in streams for way in ways_of(stream))]


def ways_of(stream: "Stream") -> list[str]:
    """What depends on the events of a stream, for --select."""
    return [f"{stream.bronze}+,{layer}" for layer in ("bronze", "silver", "gold.facts")]


def copy_project(folder: Path) -> None:
    """Copy what dbt needs of this repository to a new folder, as a clone would have it."""
    folder.mkdir(parents=True)
    for name in PROJECT:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "vendor" / "dbt_utils", folder / "dbt_packages" / "dbt_utils")
    shutil.copyfile(ROOT / "profiles.yml.example", folder / "profiles.yml")
    (folder / "target").mkdir()


@dataclass(frozen=True)
class Warehouse:
    """A folder with the project in it. Its landing folder and its DuckDB file are below it."""

    folder: Path
    dbt: DbtForks

    def copy(self, folder: Path) -> "Warehouse":
        """The same warehouse again, in another folder: its tables and its landed files."""
        folder.mkdir()
        for path in self.folder.iterdir():
            if path.name in ("retail.duckdb", "retail.duckdb.wal"):
                shutil.copyfile(path, folder / path.name)
            elif path.name == "landing":
                shutil.copytree(path, folder / path.name, symlinks=True)
            elif path.name not in ("target", "logs"):
                (folder / path.name).symlink_to(path.resolve())
        (folder / "target").mkdir()
        return Warehouse(folder, self.dbt)

    def land(self, name: str, content: bytes | Iterable[Event | str], source: str = "pos") -> Path:
        """Land a file: bytes as they are, events and texts as lines; compressed if named .gz."""
        if not isinstance(content, bytes):
            content = "".join(
                (line if isinstance(line, str) else json.dumps(line)) + "\n" for line in content
            ).encode()
        path = self.folder / "landing" / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    def land_by_stream(self, name: str, events: Iterable[Event]) -> None:
        """Land events of any streams, each in its stream's folder, under the same file name."""
        events = list(events)
        for stream in STREAMS.values():
            of_stream = [event for event in events if stream.id in event]
            if of_stream:
                self.land(name, of_stream, stream.source)

    def load(self, *args: str, **options: Any) -> Run:
        """Take in what has landed, by `dbt run` of the models that depend on events.

        A first load runs all of them. Later ones leave out what depends only on streams of which
        nothing has ever landed.
        """
        loaded = self.folder / "loaded"
        models = EVENT_MODELS
        if loaded.exists():
            landed = [s for s in STREAMS.values() if (self.folder / "landing" / s.source).exists()]
            models = models_of(landed)
        run = self.run("run", "--select", *models, *args, **options)
        if run.success:
            loaded.touch()
        return run

    def run(
        self,
        *args: str,
        variables: Mapping[str, Any] | None = None,
        kill: dict[str, Any] | None = None,
        largest_file: int | None = None,
        check: bool = True,
    ) -> Run:
        """Run a dbt command; with `check` it must succeed."""
        options = ["--vars", json.dumps(variables)] if variables else []
        run = self.dbt.run(self.folder, [*args, *options], kill, largest_file)
        if check:
            bad = {name: run.messages[name] for name in run.nodes if run.nodes[name] == "error"}
            assert run.success, run.error or bad or run.nodes
        return run

    def rows(self, query: str) -> list[Row]:
        """The rows of a query."""
        with duckdb.connect(str(self.folder / "retail.duckdb"), read_only=True) as connection:
            return connection.sql(query).fetchall()

    def execute(self, statement: str) -> None:
        """Change the warehouse by hand."""
        with duckdb.connect(str(self.folder / "retail.duckdb")) as connection:
            connection.execute(statement)

    def tables(self, without: Iterable[str] = CLOCK_COLUMNS) -> Tables:
        """Every table of events and every fact by name: its rows, and how often each is there."""
        tables = {}
        with duckdb.connect(str(self.folder / "retail.duckdb"), read_only=True) as connection:
            names = connection.sql(
                """
                select table_name from information_schema.tables
                where (table_name like 'silver%' or table_name like 'gold%fact%')
                    and table_name <> 'silver_dimension_members'
                    and table_name not like '%_history'
                order by table_name
                """
            ).fetchall()
            for (name,) in names:
                relation = connection.sql(f"select * from {name}")
                places = [n for n, column in enumerate(relation.columns) if column not in without]
                tables[name] = Counter(
                    tuple(_hashable(row[n]) for n in places) for row in relation.fetchall()
                )
        return tables

    def quarantine(self) -> list[tuple[str | None, int | None, list[str]]]:
        """Event id, line number and failed expectations of all rows in the quarantine, in order."""
        return self.rows(
            """
            select event_id, line_number, failed_expectations from silver_quarantined_events
            order by event_id, line_number, failed_expectations, raw_content
            """
        )


@contextmanager
def prepared_in(folder: Path) -> Iterator[Warehouse]:
    """A warehouse in a new folder, with master data and no event table.

    Descriptions stay out of its database: they take time, and no test of loads reads them.
    """
    copy_project(folder)
    settings = yaml.safe_load((folder / "dbt_project.yml").read_text())
    del settings["models"]["retail_medallion"]["+persist_docs"]
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(settings, sort_keys=False))
    dbt = DbtForks(folder)
    try:
        warehouse = Warehouse(folder, dbt)
        warehouse.run("build", "--exclude-resource-type", "test", "--select", *PREPARED_MODELS)
        yield warehouse
    finally:
        dbt.close()


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        value = list(value.items())
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value


def differences(first: Tables, second: Tables) -> list[str]:
    """What one of two warehouses has and the other has not; empty when they are the same."""
    found = []
    for name in sorted(first.keys() | second.keys()):
        ours, theirs = first.get(name), second.get(name)
        if ours is None or theirs is None:
            found.append(f"{name} is only in the {'second' if ours is None else 'first'}")
            continue
        for where, rows in (("first", ours - theirs), ("second", theirs - ours)):
            found += [f"{name}, only in the {where}, {n} times: {row}" for row, n in rows.items()]
    return found


def item(sku: str = "SKU_000001", qty: Any = 1, price: Any = 10.0, **fields: Any) -> Event:
    """A line item, sound unless told otherwise."""
    return {"sku": sku, "qty": qty, "price": price, "discount": 0, "discount_type": None} | fields


def sale(
    transaction_id: str,
    *,
    at: Any = "2026-01-05T10:00:00Z",
    items: Any = None,
    **fields: Any,
) -> Event:
    """A POS transaction, sound unless told otherwise; one line item unless `items` are given."""
    return {
        "transaction_id": transaction_id,
        "store_id": "LOC_001",
        "register_id": 1,
        "timestamp": at,
        "customer_id": "CUST_00000001",
        "customer_segment": "regular",
        "channel_code": "STORE_POS",
        "items": [item()] if items is None else items,
        "payment_method": "cash",
        "associate_id": "SA-001",
    } | fields


def order(
    order_id: str,
    *,
    at: Any = "2026-01-05T10:00:00Z",
    items: Any = None,
    **fields: Any,
) -> Event:
    """An online order, sound unless told otherwise; one line item unless `items` are given."""
    return {
        "order_id": order_id,
        "channel": "WEB_DESKTOP",
        "timestamp": at,
        "customer_id": "CUST_00000001",
        "customer_segment": "regular",
        "shipping_address": {"city": "New York", "state": "NY", "zip": "10001"},
        "shipping_method": "standard",
        "items": [item()] if items is None else items,
        "payment_method": "paypal",
        "promo_code": None,
    } | fields


def movement(
    movement_id: str,
    movement_type: Any = "receipt",
    quantity: Any = 1,
    *,
    at: Any = "2026-01-05T10:00:00Z",
    **fields: Any,
) -> Event:
    """A stock movement, sound unless told otherwise."""
    return {
        "movement_id": movement_id,
        "movement_type": movement_type,
        "timestamp": at,
        "location_id": "LOC_001",
        "sku": "SKU_000001",
        "quantity": quantity,
        "reason_code": "PO_RECEIPT",
        "reference_id": None,
        "cost_per_unit": None,
    } | fields


def click(
    event_id: str,
    event_type: Any = "page_view",
    *,
    at: Any = "2026-01-05T10:00:00Z",
    session: Any = "SES-1",
    **fields: Any,
) -> Event:
    """A clickstream event, sound unless told otherwise; of a visitor who is not logged in."""
    return {
        "event_id": event_id,
        "session_id": session,
        "event_type": event_type,
        "timestamp": at,
        "channel": "WEB_DESKTOP",
        "customer_id": None,
        "customer_segment": None,
        "page_url": "https://shop.example/",
        "product_sku": None,
        "device_type": "desktop",
        "browser": "Firefox",
        "referrer": None,
        "cart": None,
    } | fields


@dataclass(frozen=True)
class Stream:
    """What makes a sound event of a stream, and what the project's registry says of it."""

    source: str
    make: Callable[..., Event]
    id: str
    bronze: str
    deliveries: str
    silver: str
    fact: str
    fact_id: str
    """The column of the event's id in the fact."""


def registry(project: Path = ROOT) -> dict[str, dict[str, Any]]:
    """The var `streams` of a project."""
    settings = yaml.safe_load((project / "dbt_project.yml").read_text())
    found: dict[str, dict[str, Any]] = settings["vars"]["streams"]
    return found


MAKERS: dict[str, Callable[..., Event]] = {
    "pos": sale,
    "ecommerce": order,
    "inventory": movement,
    "clickstream": click,
}

VALUES = {"integer": 1, "amount": 1.0, "unit_amount": 1.0, "items": [item()]}
"""Of fields in an event of a stream without a maker; the others have a text."""


def event(fields: Iterable[Mapping[str, Any]], id_: str, **values: Any) -> Event:
    """An event of a stream without a maker: a value in every field that it had from the start."""
    made = {
        field["name"]: VALUES.get(field["type"], "A")
        for field in fields
        if field["type"] not in ("object", "timestamp") and not field.get("gained")
    }
    at = values.pop("at", "2026-01-05T10:00:00Z")
    return made | {next(iter(made)): id_, "timestamp": at} | values


STREAMS = {
    source: Stream(
        source=source,
        make=MAKERS.get(source, partial(event, models["fields"])),
        id=models["id"],
        bronze=models["bronze"],
        deliveries=models["deliveries"],
        silver=models["silver"],
        fact=models["fact"],
        fact_id=models["fact_id"],
    )
    for source, models in registry().items()
}


def make_current_twice(warehouse: Warehouse, stream: Stream, ids: str) -> None:
    """Make a second row of events current, as no file can; the next load reads it."""
    warehouse.execute(
        f"""
        update {stream.deliveries} set _changed_at = _changed_at + interval 1 microsecond
        where {ids};
        insert into {stream.deliveries} by name
        select * replace ('second' as _delivery) from {stream.deliveries} where {ids}
        """
    )
