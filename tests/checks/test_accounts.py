"""Whatever lands is accounted for line by line; whatever is tampered with is found and named."""

import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from generators.manifests import FileRecord, Manifest
from generators.totals import count_events
from generators.world import World
from tests.support.dbt_forks import Run
from tests.support.duckdb_warehouse import ROOT, STREAMS, Event, Row, Warehouse, item, order, sale
from tests.support.faulted_world import DAYS, faulted_files
from tests.support.irregular_files import FILES

SEED = 1

LINES = "every_line_is_accounted_for"
TOTALS = "totals_are_those_of_the_manifest"
CHANGED = "landed_files_never_change"
VANISHED = "landed_files_stay"
MANIFESTS = "manifests_can_be_read"

OF_LINES = (
    "landed_line_count, bronze_row_count, silver_event_count, quarantined_event_count,"
    " duplicate_count, line_item_count, kept_line_item_count, quarantined_line_item_count"
)

OF_FILES = ["ops_batch_manifests", "ops_landed_files", "ops_reconciliation"]
ACCOUNTS = [*OF_FILES, "ops_control_totals"]
FACTS = [stream.fact for stream in STREAMS.values()]


def look(warehouse: Warehouse, scope: str = "touched", models: Iterable[str] = ACCOUNTS) -> Run:
    """Build what accounts for the files, and test it."""
    return warehouse.run(
        *("build", "--select", *models), variables={"test_scope": scope}, check=False
    )


def found(run: Run) -> dict[str, list[str]]:
    """What dbt said of each test that found something."""
    tests = [name for name, status in run.nodes.items() if status in ("fail", "warn")]
    return {
        name: [text for text in run.warnings if text.startswith(f"{name} is broken: ")]
        for name in tests
    }


def verdicts(warehouse: Warehouse) -> dict[str, int]:
    """How many files have each verdict."""
    return dict(warehouse.rows("select verdict, count(*) from ops_reconciliation group by 1"))


def account(warehouse: Warehouse, name: str) -> Row:
    """The row of a file, by its name."""
    (row,) = warehouse.rows(
        f"select {OF_LINES} from ops_reconciliation where _source_file like '%/{name}'"
    )
    return row


def generate(landing: Path, *options: str) -> None:
    """Land three days of a generated world."""
    world = ["--days", "3", "--end", "2026-01-31", "--scale", "0.02", "--out", str(landing)]
    subprocess.run(
        [sys.executable, "-m", "generators", "generate", *world, *options],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
    )


# Everything balances


@pytest.mark.slow
def test_every_line_of_a_faulted_world_is_accounted_for_after_every_load(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    files = faulted_files(SEED, tmp_path / "generated")
    days = random.Random(SEED).sample(DAYS, k=len(DAYS))
    landed = 0
    for day in days:
        for (source, of_day), lines in files.items():
            if of_day == day:
                warehouse.land(f"{day}.json", lines, source)
                landed += len(lines)
        warehouse.run("run", "--select", "bronze", "silver", *FACTS)
        assert look(warehouse, models=OF_FILES).nodes[LINES] == "pass"
        assert verdicts(warehouse).keys() == {"accounted"}
        assert warehouse.rows("select sum(landed_line_count) from ops_reconciliation") == [
            (landed,)
        ]
    kinds = ("silver_event", "quarantined_event", "duplicate")
    of_each_kind = ", ".join(f"sum({kind}_count)" for kind in kinds)
    assert min(warehouse.rows(f"select {of_each_kind} from ops_reconciliation")[0]) > 0
    warehouse.run("run", "--select", "bronze", "--full-refresh")
    for options in ([], ["--full-refresh"]):
        warehouse.run("run", "--select", "silver", *options)
        assert look(warehouse, "all", OF_FILES).nodes[LINES] == "pass"
        assert verdicts(warehouse).keys() == {"accounted"}


def test_hostile_files_are_accounted_for(warehouse: Warehouse) -> None:
    for name, file in FILES.items():
        path = warehouse.land(name, b"")
        path.write_bytes(file.content)
    warehouse.load()
    assert found(look(warehouse)) == {}
    seen = [name for name in FILES if name[0] not in "_." and name.endswith((".json", ".json.gz"))]
    assert verdicts(warehouse) == {"accounted": len(seen)}
    assert account(warehouse, "blank_lines.json")[:2] == (1, 1)


def test_deliveries_that_another_stands_for_are_duplicates_and_losers_are_quarantined(
    warehouse: Warehouse,
) -> None:
    first, later = sale("A"), sale("A", at="2026-01-05T11:00:00Z")
    warehouse.land("1.json", [first, first, sale("B", items=[item(), item(qty=0)]), "no event"])
    warehouse.load()
    look(warehouse)
    assert account(warehouse, "1.json") == (4, 4, 2, 1, 1, 3, 2, 1)
    warehouse.land("2.json", [first, later, first | {"unknown": 1}, sale("", items=[item()])])
    warehouse.load()
    assert found(look(warehouse)) == {}
    assert account(warehouse, "1.json") == (4, 4, 1, 2, 1, 2, 1, 1)
    assert account(warehouse, "2.json") == (4, 4, 1, 1, 2, 1, 1, 0)


def test_a_version_that_was_corrected_is_counted_and_not_quarantined(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A"), sale("B")])
    warehouse.load()
    warehouse.land("2.json", [sale("A", register_id=2, updated_at="2026-01-05T12:00:00Z")])
    warehouse.load()
    assert found(look(warehouse)) == {}
    assert account(warehouse, "1.json") == (2, 2, 1, 0, 0, 1, 1, 0)
    assert warehouse.rows(
        "select _source_file, corrected_count from ops_reconciliation order by 1"
    ) == [("pos/1.json", 1), ("pos/2.json", 0)]


def test_what_silver_has_not_read_yet_waits(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A")])
    warehouse.load()
    warehouse.land("2.json", [sale("A", at="2026-01-06T10:00:00Z"), sale("B")])
    warehouse.run("run", "--select", "bronze")
    assert found(look(warehouse)) == {}
    assert verdicts(warehouse) == {"accounted": 1, "waiting": 1}
    warehouse.run("run", "--select", "silver")
    assert found(look(warehouse)) == {}
    assert verdicts(warehouse) == {"accounted": 1, "waiting": 1}
    warehouse.load()
    assert found(look(warehouse)) == {}
    assert verdicts(warehouse) == {"accounted": 2}


def test_a_batch_is_its_events_whatever_files_they_were_kept_from(warehouse: Warehouse) -> None:
    landing = warehouse.folder / "landing"
    generate(landing)
    (sales,) = landing.glob("pos/pos_20260130_*.json")
    (orders,) = landing.glob("ecommerce/ecommerce_20260130_*.json")
    moved = sales.read_text().splitlines()
    copied = orders.read_text().splitlines()
    warehouse.land("0_copy_of_a_sale.json", [moved[0], moved[1].replace('"price"', '"unpriced"')])
    warehouse.land("0_copy.json", copied, "ecommerce")
    warehouse.load()
    assert found(look(warehouse)) == {}
    warehouse.land("2_later.json", [later_version(line) for line in moved[2:4]])
    warehouse.land("2_later.json", [later_version(line) for line in copied[:2]], "ecommerce")
    warehouse.load()
    assert found(look(warehouse)) == {}
    assert warehouse.rows(
        "select verdict, count(*), sum(quarantined_quantity) > 0 from ops_control_totals group by 1"
    ) == [("agrees", 13, True)]
    assert found(look(warehouse, "all")) == {}
    warehouse.run("run-operation", "purge_quarantine", "--args", json.dumps({"older_than_days": 0}))
    assert warehouse.rows(
        "select count(*) from silver_quarantined_events where raw_content <> ''"
        " and not array_contains(failed_expectations, 'conflicting_duplicate')"
    ) == [(0,)]
    assert found(look(warehouse, "all")) == {}
    assert warehouse.rows("select verdict, count(*) from ops_control_totals group by 1") == [
        ("agrees", 13)
    ]


def later_version(line: str) -> str:
    """Another version of the event, which wins: it happened later, with a line item more."""
    event = json.loads(line)
    event["timestamp"] = "2026-03-01T10:00:00Z"
    event["items"].append(item())
    return json.dumps(event)


# Tampering


def test_a_load_of_many_files_is_looked_at_like_one_of_few(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.run("run", "--select", "ops_run_log")  # which tells what the tests have passed
    warehouse.land("first.json", [sale("FIRST")])
    warehouse.load()
    assert found(look(warehouse)) == {}
    for number in range(101):  # more than a test names one by one
        warehouse.land(f"{number}.json", [sale(f"T{number}")])
    warehouse.load()
    tampered = warehouse.copy(tmp_path / "tampered")
    assert found(look(warehouse)) == {}
    tampered.execute("delete from bronze_pos_transactions where transaction_id in ('FIRST', 'T7')")
    (told,) = found(look(tampered))[LINES]
    assert "pos/7.json" in told and "first.json" not in told


def test_a_breach_stays_red_until_it_is_mended(warehouse: Warehouse) -> None:
    warehouse.run("run", "--select", "ops_run_log")
    warehouse.land("1.json", [sale("A"), sale("B")])
    warehouse.load()
    warehouse.execute("delete from gold_sales_fact where transaction_id = 'B'")
    for number in (2, 3):
        (told,) = found(look(warehouse))[LINES]
        assert told.endswith("pos/1.json, breach of 2 rows in silver, 1 are in the fact")
        warehouse.land(f"{number}.json", [sale(f"C{number}", at="2026-02-01T10:00:00Z")])
        warehouse.load()
    warehouse.run("run", "--full-refresh", "--select", "gold_sales_fact")
    assert found(look(warehouse)) == {}
    assert look(warehouse).nodes[LINES] == "pass"


@pytest.fixture(scope="module")
def generated(prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse with three generated days in two loads; only to be read or copied."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("generated") / "warehouse")
    landing = warehouse.folder / "landing"
    generate(landing)
    last_day = list(landing.glob("*/*_20260131_*.json"))
    for path in last_day:
        path.rename(path.with_name(f"_{path.name}"))
    warehouse.land("foreign.json", [sale("A"), sale("B", items=[item(), item(qty=0)]), "no event"])
    warehouse.load()
    look(warehouse)
    for path in last_day:
        path.with_name(f"_{path.name}").rename(path)
    warehouse.load()
    assert look(warehouse, "all").success
    return warehouse


def test_a_generated_world_with_foreign_files_is_accounted_for(generated: Warehouse) -> None:
    assert verdicts(generated) == {"accounted": 14}
    assert generated.rows("select verdict, count(*) from ops_control_totals group by 1") == [
        ("agrees", 13)
    ]
    assert account(generated, "foreign.json") == (3, 3, 2, 1, 0, 3, 2, 1)


def land_batch(warehouse: Warehouse, batch: str, orders: Iterable[Event]) -> None:
    """Land orders and their manifest."""
    content = "".join(json.dumps(event) + "\n" for event in orders).encode()
    path = warehouse.land(f"{batch}.json", content, "ecommerce")
    record = FileRecord.of(f"ecommerce/{path.name}", content)
    totals = count_events("ecommerce", content.splitlines())
    manifest = Manifest(batch, "ecommerce", date(2026, 1, 5), World(1, 1), (record,), totals)
    manifests = warehouse.folder / "landing" / "_manifests"
    manifests.mkdir(exist_ok=True)
    (manifests / manifest.name).write_bytes(manifest.render())


def test_a_cancelled_order_is_accounted_for_in_both_of_its_batches(warehouse: Warehouse) -> None:
    lines = [item(qty=3), item(qty="two"), item(qty=0)]
    cancelled = {"status": "Canceled ", "updated_at": "2026-01-06T10:00:00Z"}
    placed = [order("LINES", items=lines), order("NONE", items=lines), order("KEPT", items=lines)]
    land_batch(warehouse, "placed", placed)
    warehouse.load()
    assert found(look(warehouse)) == {}
    later = [placed[0] | cancelled, placed[1] | cancelled | {"items": []}]
    land_batch(warehouse, "cancelled", later)
    warehouse.load()
    assert found(look(warehouse, "all")) == {}
    assert warehouse.rows(
        """
        select batch, verdict, manifest_quantity, gold_quantity, manifest_net_sales_amount
        from ops_control_totals
        order by batch
        """
    ) == [("cancelled", "agrees", 0, 0, 0), ("placed", "agrees", 9, 3, 90)]


def first_of(table: str, key: str, file: str) -> str:
    """The condition on rows of a table that they are of one event of a file."""
    return f"{key} = (select min({key}) from {table} where _source_file like '%/{file}%')"


BY_HAND = {
    "pos_20260131": "delete from bronze_pos_transactions where "
    + first_of("bronze_pos_transactions", "transaction_id", "pos_20260131"),
    "clickstream_20260131": "insert into bronze_clickstream_events"
    " select * from bronze_clickstream_events where "
    + first_of("bronze_clickstream_events", "event_id", "clickstream_20260131"),
    "inventory_20260131": "delete from silver_inventory_deliveries where "
    + first_of("silver_inventory_deliveries", "movement_id", "inventory_20260131"),
    "ecommerce_20260131": "update silver_ecommerce_deliveries set items = items[2:] where "
    + first_of("silver_ecommerce_deliveries", "order_id", "ecommerce_20260131"),
    "foreign.json": "delete from silver_pos_deliveries where verdict = 'rejected';"
    "update silver_pos_deliveries set items = items[:1] where transaction_id = 'B'",
    "pos_20260130": "update gold_sales_fact set net_sales_amount = net_sales_amount + 0.01"
    " where line_item_id = (select min(line_item_id) from gold_sales_fact where "
    + first_of("silver_pos_deliveries", "transaction_id", "pos_20260130")
    + ")",
    "clickstream_20260130": "delete from gold_customer_event_fact where "
    + first_of("silver_clickstream_deliveries", "event_id", "clickstream_20260130"),
}
"""What is done to the tables, by the file whose lines it is done to."""


def only(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


def forge(landing: Path, batch: str, old: str, new: str) -> None:
    """Land another manifest of a batch that says something else."""
    manifest = only(landing, f"_manifests/{batch}_*.json")
    text = manifest.read_text()
    assert old in text
    (landing / "_manifests" / f"forged_{manifest.name}").write_text(text.replace(old, new))


def test_tampering_is_found_and_named(generated: Warehouse, tmp_path: Path) -> None:
    warehouse = generated.copy(tmp_path / "warehouse")
    for statement in BY_HAND.values():
        warehouse.execute(statement)
    landing = warehouse.folder / "landing"
    with only(landing, "pos/pos_20260129_*.json").open("a") as file:
        file.write("{}\n")
    only(landing, "ecommerce/ecommerce_20260129_*.json").unlink()
    lines = len(only(landing, "ecommerce/ecommerce_20260130_*.json").read_text().splitlines())
    forge(landing, "ecommerce_20260130", f'"lines": {lines}', f'"lines": {lines + 1}')
    forge(landing, "inventory_20260130", "inventory/inventory", "inventory/never")
    forge(landing, "pos_20260129", '"net_sales": "', '"net_sales": "1')
    (landing / "_manifests" / "broken.json").write_bytes(b"\xff{")

    told = found(look(warehouse))

    assert told.keys() == {LINES, TOTALS, CHANGED, VANISHED, MANIFESTS}
    assert "pos/pos_20260129" in told[CHANGED][0]
    assert "ecommerce/ecommerce_20260129" in told[VANISHED][0]
    assert "_manifests/broken.json" in told[MANIFESTS][0]
    breaches = {
        file.split("/")[-1].rsplit("_", 1)[0]: breach
        for file, breach in warehouse.rows(
            "select _source_file, breach from ops_reconciliation where breach is not null"
        )
    }
    patterns = {
        "pos_20260131": r"(\d+) lines landed, (\d+) are in bronze; of \2 lines .*",
        "clickstream_20260131": r"\d+ lines landed, (\d+) are in bronze; of \1 lines .*",
        "clickstream_20260130": r"of \d+ rows in silver, \d+ are in the fact",
        "inventory_20260131": r"of \d+ lines in bronze, \d+ are in silver, 0 in the quarantine,"
        r" 0 duplicates",
        "ecommerce_20260131": r"of (\d+) line items, (\d+) are in silver, 0 in the quarantine;"
        r" of \2 rows in silver, \1 are in the fact",
        "foreign.json": "of 3 lines in bronze, 2 are in silver, 0 in the quarantine, 0 duplicates;"
        " of 3 line items, 2 are in silver, 0 in the quarantine",
        "ecommerce_20260130": f"{lines + 1} lines landed, {lines} are in bronze",
        "never_20260130": r"\d+ lines landed, 0 are in bronze",
    }
    assert breaches.keys() == patterns.keys()
    assert all(any(f"/{name}" in text for name in patterns) for text in told[LINES])
    for name, pattern in patterns.items():
        assert re.fullmatch(pattern, breaches[name]), (name, breaches[name])
    differences = {
        batch.rsplit("_", 1)[0]: (quantity, str(net))
        for batch, quantity, net in warehouse.rows(
            "select batch, quantity_difference, net_sales_difference from ops_control_totals"
            " where verdict = 'differs' order by _source_file"
        )
    }
    assert differences.keys() == {
        *("pos_20260129", "pos_20260130", "clickstream_20260130"),
        *("inventory_20260130", "inventory_20260131"),
    }
    assert differences["pos_20260130"] == (0, "0.01")
    assert differences["clickstream_20260130"] == (-1, "0.00")


def test_a_file_that_changed_is_told_until_bronze_reads_it_again(
    generated: Warehouse, tmp_path: Path
) -> None:
    warehouse = generated.copy(tmp_path / "warehouse")
    path = warehouse.folder / "landing" / "pos" / "foreign.json"
    path.write_text(path.read_text() + "another\n")
    for _ in range(2):
        assert found(look(warehouse)).keys() == {CHANGED}
    warehouse.run("run", "--select", "bronze", "--full-refresh")
    warehouse.load()
    told = found(look(warehouse))
    assert told.keys() == {LINES}
    assert "bronze read the file again, and has 4 lines of it now, silver 3" in told[LINES][0]
    (remedy,) = re.findall("dbt build (--full-refresh --select .*)", told[LINES][0])
    warehouse.run("run", *remedy.split(), "--exclude", "ops", "reports")
    assert found(look(warehouse)) == {}
    assert account(warehouse, "foreign.json")[0] == 4


def test_a_vanished_file_is_missed_when_bronze_starts_over(
    generated: Warehouse, tmp_path: Path
) -> None:
    warehouse = generated.copy(tmp_path / "warehouse")
    shutil.move(only(warehouse.folder / "landing", "pos/pos_20260131_*.json"), tmp_path)
    warehouse.run("run", "--select", "bronze", "--full-refresh")
    warehouse.load()
    told = found(look(warehouse, "all"))
    assert told.keys() == {LINES, VANISHED}
    assert "0 are in bronze" in told[LINES][0]
