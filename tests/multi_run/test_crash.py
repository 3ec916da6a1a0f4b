"""A process that is killed leaves nothing lost and nothing doubled for the next run."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.dbt_forks import Run
from tests.duckdb_warehouse import (
    Warehouse,
    click,
    differences,
    item,
    movement,
    order,
    sale,
)
from tests.multi_run.crash_matrix import crash_rounds

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
MERGE = r"merge into \S*{}\W"
MARKS = r"insert into \S*load_marks[^']*'{}'"
MODELS = [
    "silver_pos_events",
    "silver_transactions_unified",
    "silver_quarantined_events",
    "gold_sales_fact",
    "silver_click_events",
    "silver_inventory_movements",
    "gold_sales_fact_ecommerce",
]


def load_in_order(warehouse: Warehouse, **options: Any) -> Run:
    """Load by one thread, so that the statements come in the same order each time."""
    return warehouse.load("--threads", "1", **options)


def statement_after(statements: Sequence[str], patterns: Sequence[str]) -> int:
    """Position of the first statement that fits the last pattern, after the others in turn."""
    position = -1
    for pattern in patterns:
        position = next(
            n
            for n, text in enumerate(statements)
            if n > position and re.search(pattern, text.replace('"', ""), re.DOTALL)
        )
    return position


@pytest.fixture(scope="module")
def second_load(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Warehouse, Warehouse, list[str]]:
    """A warehouse before its second load, one after it, and the statements in between."""
    folder = tmp_path_factory.mktemp("second_load")
    before = prepared_warehouse.copy(folder / "before")
    before.land_by_stream("1.json", FIRST)
    before.load()
    before.land_by_stream("2.json", SECOND)
    before.land("3.json", ["no event"])
    after = before.copy(folder / "after")
    return before, after, load_in_order(after).statements


@pytest.mark.slow
@pytest.mark.parametrize(
    "patterns",
    [
        pytest.param([BRONZE], id="after the rows of new files, before their ledger entries"),
        pytest.param([LEDGER], id="after the ledger entries, before the commit"),
        pytest.param([LEDGER, "COMMIT"], id="between bronze and silver"),
        *(
            pytest.param([MERGE.format(model)], id=f"after the merge of {model}, before its marks")
            for model in MODELS
        ),
        *(
            pytest.param([MARKS.format(model)], id=f"after the marks of {model}, before the commit")
            for model in MODELS[:2]
        ),
        *(
            pytest.param([MARKS.format(model), "COMMIT"], id=f"after {model}")
            for model in MODELS[:2]
        ),
    ],
)
def test_a_run_that_was_killed_is_made_good_by_the_next_run(
    second_load: tuple[Warehouse, Warehouse, list[str]],
    tmp_path: Any,
    patterns: list[str],
) -> None:
    before, undisturbed, statements = second_load
    warehouse = before.copy(tmp_path / "warehouse")
    kill = {"statement": statement_after(statements, patterns), "when": "after"}
    assert load_in_order(warehouse, kill=kill, check=False).killed
    warehouse.load()
    assert not differences(undisturbed.tables(), warehouse.tables())


@pytest.mark.slow
def test_days_whose_commands_were_killed_anywhere_end_as_days_that_were_not(
    new_warehouse: Callable[[], Warehouse],
) -> None:
    rounds = list(crash_rounds(new_warehouse(), new_warehouse(), seed=1, rounds=4))
    assert sum(each.kills for each in rounds) == 20
    assert not [each.differences for each in rounds if each.differences]
