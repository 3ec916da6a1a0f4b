"""A process that is killed leaves nothing lost and nothing doubled for the next run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.crash_matrix import crash_rounds
from tests.support.duckdb_warehouse import (
    STREAMS,
    Warehouse,
    click,
    differences,
    item,
    models_of,
    movement,
    order,
    sale,
)

FIRST = [
    sale("A", items=[item(), item(qty=2)]),
    sale("B"),
    sale("C", items=[item(qty=0)]),
    order("A", items=[item(), item(qty=2)]),
    order("B"),
    movement("A"),
    movement("B"),
    click("A"),
    click("B"),
]
SECOND = [
    sale("A", at="2026-01-06T10:00:00Z"),  # replaces the first, with fewer line items
    sale("B", at="2026-01-04T10:00:00Z"),  # loses
    sale("D", items=[item(), item(qty=0)]),
    order("A", at="2026-01-06T10:00:00Z"),
    order("B", at="2026-01-04T10:00:00Z", items=[item(), item(qty=0)]),
    order("D", items=[]),
    movement("A", "sale", at="2026-01-06T10:00:00Z"),
    movement("B", at="2026-01-04T10:00:00Z"),
    movement("D", "teleport"),
    click("A", at="2026-01-06T10:00:00Z"),
    click("B", at="2026-01-04T10:00:00Z"),
    click("D", "blink"),
]

BRONZE = r"(insert into|create or replace table) \S*bronze_pos_transactions\W+(by|as)"
LEDGER = r"insert into \S*bronze_pos_transactions__files"
MERGE = r"(?i)merge into \S*{}\W"
WATERMARK = r"insert into \S*watermarks[^']*'{}'"
DELIVERIES, FACT = "silver_pos_deliveries", "gold_sales_fact"
KILLS = {
    "after the rows of new files, before their ledger entries": [BRONZE],
    "after the ledger entries, before the commit": [LEDGER],
    "between bronze and silver": [LEDGER, "COMMIT"],
    "after a load of deliveries is registered, before their merge": [WATERMARK.format(DELIVERIES)],
    "after the merge of deliveries, before the commit": [MERGE.format(DELIVERIES)],
    "between deliveries and facts": [MERGE.format(DELIVERIES), "COMMIT"],
    "after the merge of a fact, before its watermark": [MERGE.format(FACT)],
    "after the watermark of a fact, before the commit": [WATERMARK.format(FACT)],
    "after a fact": [WATERMARK.format(FACT), "COMMIT"],
}
"""Statements after which a run is killed, in the order in which a run comes to them."""


@pytest.mark.slow
def test_runs_that_are_killed_one_after_the_other_are_made_good_by_the_next(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.land_by_stream("1.json", FIRST)
    warehouse.load()
    warehouse.land_by_stream("2.json", SECOND)
    warehouse.land("3.json", ["no event"])
    undisturbed = warehouse.copy(tmp_path / "undisturbed")
    undisturbed.load()
    load = ["run", "--threads", "1", "--select", *models_of([STREAMS["pos"]])]
    for moment, patterns in KILLS.items():
        run = warehouse.run(*load, kill={"after": patterns}, check=False)
        assert run.killed, moment
    warehouse.load()
    assert not differences(undisturbed.tables(), warehouse.tables())


@pytest.mark.slow
def test_days_whose_commands_were_killed_anywhere_end_as_days_that_were_not(
    new_warehouse: Callable[[], Warehouse],
) -> None:
    rounds = list(crash_rounds(new_warehouse(), new_warehouse(), 1, rounds=2, kills_a_round=10))
    assert [each.kills for each in rounds] == [10, 10]
    assert not [each.differences for each in rounds if each.differences]
