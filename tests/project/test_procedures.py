"""docs/operations.md says how to add a column and a stream; whoever follows it gets both."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.duckdb_warehouse import ROOT, Event, Warehouse, copy_project, registry, sale
from tests.support.procedures import follow

BUILD = [
    *("build", "--indirect-selection", "buildable"),
    *("--exclude", "gold_sales_fact,test_type:unit", "silver_transactions_unified,test_type:unit"),
    *("--select", "bronze_pos_transactions", "silver.pos", "gold_sales_fact"),
    *("bronze_loyalty_entries", "silver.loyalty", "gold_loyalty_fact"),
    *("silver_quarantined_events", "ops_landed_files", "ops_reconciliation", "ops_control_totals"),
    *("ops_event_lag", "ops_row_counts", "ops_expectation_log", "ops_expectation_counts"),
]
"""Of all models, those that the two procedures can change; with unit tests of what is judged."""

pytestmark = pytest.mark.slow


def entry(entry_id: str, **fields: object) -> Event:
    """A loyalty entry, sound unless told otherwise."""
    return {
        "entry_id": entry_id,
        "timestamp": "2026-01-05T10:00:00Z",
        "customer_id": "CUST_00000001",
        "points": 5,
    } | fields


@pytest.fixture(scope="module")
def changed(prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse with sales from before both procedures, and a build since."""
    folder = tmp_path_factory.mktemp("procedures")
    before = prepared_warehouse.copy(folder / "before")
    before.land("1.json", [sale("OLD"), sale("AGAIN"), sale("OTHER")])
    before.load()

    project = folder / "changed"
    copy_project(project)
    follow(project, "A new column in a stream")
    follow(project, "A new stream")
    for path in before.folder.glob("retail.duckdb*"):
        shutil.copyfile(path, project / path.name)
    shutil.copytree(before.folder / "landing", project / "landing")
    warehouse = Warehouse(project, before.dbt)  # which knows the project of before: not to be run
    warehouse.land(
        "2.json",
        [
            sale("AGAIN"),
            sale("OTHER", loyalty_card="CARD-1"),
            sale("NEW", loyalty_card="CARD-2"),
            sale("NEW", loyalty_card=" CARD-2 "),
            sale("TWO", loyalty_card="CARD-3"),
            sale("TWO", loyalty_card="CARD-4"),
            sale("REJECTED", items=[], loyalty_card="CARD-5"),
        ],
    )
    warehouse.land(
        "a.json",
        [entry("E1"), entry("E1"), entry("E2", points="none"), entry("E3", points=-7)],
        "loyalty",
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_", "DBT_"))}
    build = subprocess.run(
        [Path(sys.executable).with_name("dbt"), *BUILD],
        cwd=project,
        env=environment | {"DBT_USE_COLORS": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "WARN=0 ERROR=0 SKIP=0" in build.stdout, build.stdout
    return warehouse


def test_a_new_field_reaches_the_fact_and_makes_events_different(changed: Warehouse) -> None:
    assert changed.rows(
        """
        select transaction_id, loyalty_card, verdict, _source_file from silver_pos_deliveries
        order by all
        """
    ) == [
        ("AGAIN", None, "current", "pos/1.json"),
        ("AGAIN", None, "duplicate", "pos/2.json"),
        ("NEW", "CARD-2", "current", "pos/2.json"),
        ("NEW", "CARD-2", "duplicate", "pos/2.json"),
        ("OLD", None, "current", "pos/1.json"),
        ("OTHER", "CARD-1", "current", "pos/2.json"),
        ("OTHER", None, "superseded", "pos/1.json"),
        ("REJECTED", "CARD-5", "rejected", "pos/2.json"),
        *(("TWO", card, verdict, "pos/2.json") for card, verdict in verdicts_of_two(changed)),
    ]
    assert changed.rows(
        "select transaction_id, loyalty_card from gold_sales_fact order by all"
    ) == [
        ("AGAIN", None),
        ("NEW", "CARD-2"),
        ("OLD", None),
        ("OTHER", "CARD-1"),
        *(("TWO", card) for card, verdict in verdicts_of_two(changed) if verdict == "current"),
    ]
    assert changed.rows(
        """
        select event_id, json_extract_string(raw_content, 'loyalty_card')
        from silver_quarantined_events where source = 'pos' order by all
        """
    ) == [
        ("OTHER", None),
        ("REJECTED", "CARD-5"),
        *(("TWO", card) for card, verdict in verdicts_of_two(changed) if verdict != "current"),
    ]


def verdicts_of_two(warehouse: Warehouse) -> list[tuple[str, str]]:
    """The cards of the two versions of one file, of which a hash decides."""
    rows = warehouse.rows(
        """
        select loyalty_card, verdict from silver_pos_deliveries where transaction_id = 'TWO'
        order by all
        """
    )
    assert sorted(verdict for _, verdict in rows) == ["current", "superseded"]
    return rows


def test_a_new_stream_is_judged_quarantined_counted_and_loaded(changed: Warehouse) -> None:
    assert changed.rows(
        "select entry_id, points, verdict, failed_expectations from silver_loyalty_deliveries"
        " order by all"
    ) == [
        ("E1", 5, "current", None),
        ("E1", 5, "duplicate", None),
        ("E2", None, "rejected", ["valid_points"]),
        ("E3", -7, "current", None),
    ]
    assert changed.rows(
        "select entry_id, points, customer_key, date_key from gold_loyalty_fact order by all"
    ) == [("E1", 5, 10_000_000, 20260105), ("E3", -7, 10_000_000, 20260105)]
    assert changed.rows(
        """
        select event_id, failed_expectations, raw_content from silver_quarantined_events
        where source = 'loyalty'
        """
    ) == [
        (
            "E2",
            ["valid_points"],
            '{"entry_id":"E2","timestamp":"2026-01-05T10:00:00Z",'
            '"customer_id":"CUST_00000001","points":"none","updated_at":null}',
        )
    ]


def test_a_new_stream_is_in_every_table_of_ops(changed: Warehouse) -> None:
    assert changed.rows(
        """
        select
            _source_file, verdict, landed_line_count, silver_event_count,
            quarantined_event_count, duplicate_count, fact_row_count
        from ops_reconciliation
        where stream = 'loyalty'
        """
    ) == [("loyalty/a.json", "accounted", 4, 2, 1, 1, 2)]
    assert changed.rows(
        "select _source_file, line_count, state from ops_landed_files where stream = 'loyalty'"
    ) == [("loyalty/a.json", 4, "unchanged")]
    assert changed.rows("select event_count from ops_event_lag where stream = 'loyalty'") == [(2,)]
    assert changed.rows(
        """
        select model_name, expectation, rows_checked, rows_failed from ops_expectation_log
        where model_name like '%loyalty%' and (rows_failed > 0 or action <> 'drop')
        order by all
        """
    ) == [
        ("gold_loyalty_fact", "dimensions_loaded", 2, 0),
        ("gold_loyalty_fact", "unique_entry", 2, 0),
        ("silver_loyalty_deliveries", "valid_points", 4, 1),
        ("silver_loyalty_entries", "known_customer", 2, 0),
    ]
    assert changed.rows(
        """
        select table_name, row_count from ops_row_counts
        where table_name like '%loyalty%' order by position
        """
    ) == [
        ("bronze_loyalty_entries", 4),
        ("silver_loyalty_deliveries", 4),
        ("silver_loyalty_entries", 2),
        ("gold_loyalty_fact", 2),
    ]


def test_freshness_watches_every_stream() -> None:
    sources = (ROOT / "models" / "bronze" / "_bronze__sources.yml").read_text()
    for stream in registry().values():
        assert f"- name: {stream['bronze']}\n" in sources
