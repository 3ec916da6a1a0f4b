"""What users do about the quarantine: look at it, load again after a rule change, empty it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.dbt_forks import DbtForks, Run
from tests.support.duckdb_warehouse import ROOT, STREAMS, Warehouse, item, order, sale


def operate(warehouse: Warehouse, macro: str, **args: Any) -> Run:
    return warehouse.run("run-operation", macro, "--args", json.dumps(args), check=False)


@pytest.fixture(scope="module")
def loaded_with_rejects(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A warehouse with an open reject of each kind, and a resolved one; only to be copied."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("rejects") / "warehouse")
    warehouse.land_by_stream(
        "1.json",
        [
            sale("A", at="never", items=[]),
            sale("B", at="never"),
            sale("C", items=[item(price=-5), item()]),
            order("A", items=[]),
        ],
    )
    warehouse.land_by_stream("2.json", [sale("B"), sale("D"), sale("D", register_id=2)])
    warehouse.load()
    return warehouse


@pytest.fixture
def with_rejects(loaded_with_rejects: Warehouse, tmp_path: Path) -> Warehouse:
    return loaded_with_rejects.copy(tmp_path / "warehouse")


def test_the_quarantine_is_listed_by_stream_and_reason(with_rejects: Warehouse) -> None:
    lines = [line.split() for line in operate(with_rejects, "quarantine").printed]
    assert [line[:5] for line in lines] == [
        ["source", "reason", "rows", "open", "resolved"],
        ["ecommerce", "has_items", "1", "1", "0"],
        ["pos", "conflicting_duplicate", "1", "-", "-"],
        ["pos", "has_items", "1", "1", "0"],
        ["pos", "valid_price", "1", "1", "0"],
        ["pos", "valid_timestamp", "2", "1", "1"],
    ]
    only = operate(with_rejects, "quarantine", source="pos", reason="has_items").printed[1:]
    assert [line.split()[:2] for line in only] == [["pos", "has_items"]]


def test_an_unknown_stream_is_refused_in_one_line(with_rejects: Warehouse) -> None:
    run = operate(with_rejects, "quarantine", source="pos'; drop table gold_sales_fact; --")
    assert not run.success
    assert with_rejects.rows("select count(*) > 0 from gold_sales_fact") == [(True,)]


def contents(warehouse: Warehouse) -> list[bool]:
    rows = warehouse.rows("select raw_content <> '' from silver_quarantined_events")
    return [has_content for (has_content,) in rows]


def test_a_purge_empties_old_rows_for_good_and_keeps_them_accounted_for(
    with_rejects: Warehouse,
) -> None:
    warehouse = with_rejects
    count = len(contents(warehouse))
    operate(warehouse, "purge_quarantine", older_than_days=1)
    assert contents(warehouse) == [True] * count

    # As if it had been long ago.
    for stream in STREAMS.values():
        warehouse.execute(
            f"update {stream.deliveries} set _ingested_at = _ingested_at - interval 100 day"
        )
    warehouse.land("3.json", [sale("A"), sale("E", at="never")])
    warehouse.load()
    before = warehouse.quarantine()
    assert operate(warehouse, "purge_quarantine", older_than_days=90).success
    warehouse.load()
    # Of the version that lost nothing is stored but its typed values.
    assert sorted(contents(warehouse)) == [False] * (count - 1) + [True] * 2
    assert warehouse.quarantine() == before


@pytest.mark.parametrize("days", ["90", -1, 1.5, True, "1; drop table gold_sales_fact"])
def test_a_purge_takes_nothing_but_a_number_of_days(with_rejects: Warehouse, days: Any) -> None:
    assert not operate(with_rejects, "purge_quarantine", older_than_days=days).success
    assert all(contents(with_rejects))


@pytest.mark.slow
def test_what_a_relaxed_rule_lets_through_flows_in_by_a_full_refresh_of_its_stream(
    prepared_warehouse: Warehouse, with_rejects: Warehouse
) -> None:
    with_rejects.load()
    relaxed = with_rejects.copy(with_rejects.folder.parent / "relaxed")
    (relaxed.folder / "models").unlink()
    shutil.copytree(ROOT / "models", relaxed.folder / "models")
    rules = relaxed.folder / "models" / "silver" / "pos" / "_pos__models.yml"
    rules.write_text(rules.read_text().replace("expression: unit_price >= 0", "expression: 'true'"))
    parsed = prepared_warehouse.folder / "target" / "partial_parse.msgpack"
    shutil.copy(parsed, relaxed.folder / "target")  # dbt parses what has changed
    dbt = DbtForks(relaxed.folder)
    warehouse = Warehouse(relaxed.folder, dbt)
    others = ["--exclude", "ops", "reports"]
    warehouse.run("run", "--full-refresh", "--select", "silver_pos_deliveries+", *others)
    dbt.close()
    net = (
        "select line_number, net_sales_amount from gold_sales_fact "
        "where transaction_id = 'C' order by line_number"
    )
    assert [(n, float(amount)) for n, amount in warehouse.rows(net)] == [(1, -5.0), (2, 10.0)]
    assert ("C", 1, ["valid_price"]) not in warehouse.quarantine()
    assert len(warehouse.quarantine()) == len(with_rejects.quarantine()) - 1
