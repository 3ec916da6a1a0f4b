"""Stored verdicts are checked: by what must hold of them, by judging anew, by their rules."""

import shlex
from pathlib import Path

import pytest

from tests.support.dbt_forks import Run
from tests.support.duckdb_warehouse import EVENT_MODELS, Warehouse, order, sale

AGREE = "verdicts_agree_silver_pos_deliveries_pos"
ANEW = "verdicts_are_those_of_judging_anew_silver_pos_deliveries_pos"
RULES = "rows_have_present_rules_silver_pos_deliveries_pos"


@pytest.fixture(scope="module")
def judged(prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse with a row of every verdict in two loads; only to be copied."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("judged") / "warehouse")
    corrected = sale("CORRECTED", register_id=2, updated_at="2026-01-05T12:00:00Z")
    loads = [
        [sale("ONCE"), sale("AGAIN"), sale("LOST"), sale("CORRECTED"), sale("REJECTED", at="no")],
        [sale("AGAIN"), sale("AGAIN"), sale("LOST", at="2026-01-05T11:00:00Z"), corrected],
    ]
    for number, events in enumerate(loads, start=1):
        warehouse.land_by_stream(f"{number}.json", [*events, order(f"{number}")])
        warehouse.load()
    return warehouse


@pytest.fixture
def warehouse(judged: Warehouse, tmp_path: Path) -> Warehouse:
    return judged.copy(tmp_path / "warehouse")


def look(warehouse: Warehouse, scope: str = "touched") -> Run:
    tests = ["test", "--select", AGREE, ANEW, RULES]
    return warehouse.run(*tests, variables={"test_scope": scope}, check=False)


def found(run: Run) -> dict[str, list[str]]:
    """What dbt said of each test that found something."""
    tests = [name for name, status in run.nodes.items() if status in ("fail", "warn")]
    return {
        name: [text for text in run.warnings if text.startswith(f"{name} is broken: ")]
        for name in tests
    }


def test_verdicts_of_loads_agree_and_are_those_of_judging_anew(judged: Warehouse) -> None:
    assert judged.rows(
        "select verdict, count(*) from silver_pos_deliveries group by 1 order by 1"
    ) == [("corrected", 1), ("current", 4), ("duplicate", 2), ("rejected", 1), ("superseded", 1)]
    assert found(look(judged, "all")) == {}


TAMPERED = {
    "two rows are current": (
        "update silver_pos_deliveries set verdict = 'current' where verdict = 'superseded'",
        "transaction_id LOST, breach 2 current rows",
    ),
    "no row is current": (
        "delete from silver_pos_deliveries where transaction_id = 'AGAIN' and verdict = 'current'",
        "transaction_id AGAIN, breach 0 current rows",
    ),
    "the wrong row is current": (
        "update silver_pos_deliveries"
        " set verdict = if(verdict = 'current', 'superseded', 'current')"
        " where transaction_id = 'LOST'",
        "transaction_id LOST, breach a greater version is not current",
    ),
    "a duplicate is of another event": (
        "update silver_pos_deliveries set register_id = 9"
        " where transaction_id = 'AGAIN' and verdict = 'current'",
        "transaction_id AGAIN, breach pos/2.json#1 has no equal row that came before",
    ),
    "a duplicate counts as a version": (
        "update silver_pos_deliveries set verdict = 'superseded', _duplicate_of = null"
        " where transaction_id = 'AGAIN' and _delivery = 'pos/2.json#1'",
        "transaction_id AGAIN, breach 2 rows stand for one version",
    ),
}


@pytest.mark.parametrize("tampering", TAMPERED)
def test_verdicts_that_do_not_agree_are_found(warehouse: Warehouse, tampering: str) -> None:
    statement, breach = TAMPERED[tampering]
    warehouse.execute(statement)
    told = found(look(warehouse))
    assert told.keys() == {AGREE}
    assert f"{AGREE} is broken: {breach}" in told[AGREE]
    assert found(look(warehouse, "all")).keys() == {AGREE, ANEW}


def test_judging_anew_finds_verdicts_that_agree_and_are_wrong(warehouse: Warehouse) -> None:
    warehouse.execute(
        "update silver_pos_deliveries set verdict = 'superseded' where verdict = 'corrected'"
    )
    warehouse.execute(
        "update silver_pos_deliveries set verdict = 'rejected' where transaction_id = 'ONCE'"
    )
    assert found(look(warehouse)) == {}
    told = found(look(warehouse, "all"))
    assert told.keys() == {ANEW}
    assert sorted(text.partition("is broken: ")[2] for text in told[ANEW]) == [
        "transaction_id CORRECTED, _source_file pos/1.json, stored_verdict superseded,"
        " verdict_anew corrected",
        "transaction_id ONCE, _source_file pos/1.json, stored_verdict rejected,"
        " verdict_anew current",
    ]


def test_rows_that_other_rules_judged_are_counted_and_the_command_judges_them_anew(
    warehouse: Warehouse,
) -> None:
    warehouse.execute(
        "update silver_pos_deliveries set _rules = 'old' where _source_file = 'pos/2.json'"
    )
    run = look(warehouse)
    assert run.messages[RULES].startswith("Got 4 results")
    (told,) = found(run)[RULES]
    command = shlex.split(told.partition("judge_anew_by ")[2])
    rejudge = "{rejudge: {pos: [2026-01-05, 2026-01-05]}}"
    build = ["dbt", "build", "--select", "silver_pos_deliveries+"]
    assert command == [*build, "--vars", rejudge]
    assert told.startswith(f"{RULES} is broken: row_count 4, ")

    before = warehouse.tables()
    warehouse.run("run", "--select", *EVENT_MODELS, "--vars", rejudge)
    assert found(look(warehouse, "all")) == {}
    after = warehouse.tables()
    for table in ("gold_sales_fact", "silver_transactions_unified", "silver_quarantined_events"):
        assert after[table] == before[table], table
