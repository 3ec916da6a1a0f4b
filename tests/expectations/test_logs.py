"""What each run did, and how often each expectation was met, is kept in two tables."""

from pathlib import Path

import pytest

from tests.support.duckdb_warehouse import EVENT_MODELS, Row, Warehouse, item, movement, order, sale

OPS = ["ops", "--exclude", "ops_summary"]
"""The logs and what reads them, for --select; the summary needs reports, too."""


@pytest.fixture(scope="module")
def first_logged(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A warehouse with logs, and with a first run in them; only to be copied."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("logged") / "warehouse")
    warehouse.land_by_stream("1.json", [sale("A"), order("A"), movement("A")])
    warehouse.load(*OPS)
    return warehouse


@pytest.fixture
def logged(first_logged: Warehouse, tmp_path: Path) -> Warehouse:
    return first_logged.copy(tmp_path / "warehouse")


def last_counts(warehouse: Warehouse, condition: str = "rows_failed <> 0") -> set[Row]:
    """What the last run says of the expectations: rows checked, passed, failed and dropped."""
    return {
        (f"{model}__{expectation}", action, *counts)
        for model, expectation, action, *counts in warehouse.rows(
            f"""
            select
                model_name, expectation, action,
                rows_checked, rows_passed, rows_failed, rows_dropped
            from ops_expectation_log
            where {condition}
            qualify dense_rank() over (order by run_started_at desc) = 1
            """
        )
    }


TROUBLE = [
    sale("B", items=[item(qty=0), item(sku=None, qty=0), item("SKU_999999")]),
    sale("C", at="never"),
    sale(""),
    sale("A"),  # once more
    order("B", items=[]),
    movement("B", "teleport"),
]


@pytest.fixture(scope="module")
def troubled(first_logged: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The warehouse after a second run, which met the trouble; only to be read or copied."""
    warehouse = first_logged.copy(tmp_path_factory.mktemp("troubled") / "warehouse")
    warehouse.land_by_stream("2.json", TROUBLE)
    warehouse.load(*OPS)
    return warehouse


@pytest.fixture
def logged_trouble(troubled: Warehouse, tmp_path: Path) -> Warehouse:
    return troubled.copy(tmp_path / "warehouse")


def test_a_run_notes_how_many_of_its_rows_met_each_expectation(logged_trouble: Warehouse) -> None:
    assert last_counts(logged_trouble) == {
        ("silver_pos_deliveries__valid_timestamp", "drop", 4, 3, 1, 1),
        ("silver_pos_deliveries__has_transaction_id", "drop", 4, 3, 1, 1),
        ("silver_transactions_unified__valid_quantity", "drop", 3, 1, 2, 2),
        ("silver_transactions_unified__has_sku", "drop", 3, 2, 1, 1),
        ("silver_transactions_unified__known_product", "warn", 1, 0, 1, 0),
        ("silver_ecommerce_deliveries__has_items", "drop", 1, 0, 1, 1),
        ("silver_inventory_deliveries__valid_movement_type", "drop", 1, 0, 1, 1),
    }
    test = logged_trouble.run("test", "--select", "silver_transactions_unified__known_product")
    assert test.messages["silver_transactions_unified__known_product"].startswith("Got 1 result")


def test_every_expectation_of_what_was_built_has_a_row_a_run_zeros_too(logged: Warehouse) -> None:
    declared = logged.rows("select distinct model_name, expectation from ops_expectation_log")
    assert len(declared) == 61
    logged.run("run", "--select", *EVENT_MODELS, *OPS)
    counts = last_counts(logged, condition="true")
    assert {count[2:] for count in counts} == {(0, 0, 0, 0)}
    assert len(counts) == len(declared)
    assert logged.rows("select count(*) from ops_expectation_log") == [(2 * len(declared),)]


def test_each_filter_selects_the_rows_that_were_dropped_from_the_quarantine(
    troubled: Warehouse,
) -> None:
    filters = troubled.rows("select quarantine_filter, rows_dropped from ops_expectation_log")
    dropped = [(text, count) for text, count in filters if text]
    assert sum(count for _, count in dropped) == 7
    for condition, count in dropped:
        rows = troubled.rows(f"select count(*) from silver_quarantined_events where {condition}")
        assert rows == [(count,)], condition


def test_a_fail_that_stopped_its_model_is_noted_and_the_run_log_names_the_ids(
    logged: Warehouse,
) -> None:
    logged.execute("delete from gold_channel_dim")
    logged.land_by_stream("2.json", [sale("B"), order("B")])
    assert not logged.load(*OPS, check=False).success
    assert last_counts(logged, "action = 'fail' and rows_failed is null") == {
        (f"{fact}__dimensions_loaded", "fail", None, None, None, 0)
        for fact in ("gold_sales_fact", "gold_sales_fact_ecommerce")
    }
    ((status, message),) = logged.rows(
        """
        select status, message from ops_run_log where node_name = 'gold_sales_fact'
        qualify row_number() over (order by run_started_at desc) = 1
        """
    )
    assert status == "error" and "dimensions_loaded fails for gold_channel_dim" in message
    skipped = logged.rows("select node_name from ops_run_log where status = 'skipped'")
    assert ("gold_sales_fact_all",) in skipped and ("ops_reconciliation",) in skipped


def test_the_run_log_has_a_row_a_node_with_its_status_rows_and_seconds(logged: Warehouse) -> None:
    logged.land("2.json", [sale("B", items=[item(), item()]), sale("")])
    run = logged.load(*OPS)
    noted = logged.rows(
        """
        select node_name, status, rows_affected, seconds > 0, started_at >= run_started_at
        from ops_run_log
        where command = 'run' and target_name = 'local' and resource_type = 'model'
        qualify dense_rank() over (order by run_started_at desc) = 1
        """
    )
    names = {name for name in run.nodes if not name.startswith("retail_medallion-on-run")}
    assert {name for name, *_ in noted} == names
    assert {(status, *sane) for _, status, _, *sane in noted} == {("success", True, True)}
    rows_affected = {name: count for name, _, count, *_ in noted}
    assert rows_affected["bronze_pos_transactions"] == 2
    assert rows_affected["silver_pos_deliveries"] == 2
    assert rows_affected["gold_sales_fact"] == 2
    assert rows_affected["gold_inventory_fact"] == 0


def test_tests_are_noted_with_the_rows_that_broke_them(logged: Warehouse) -> None:
    logged.execute("update gold_sales_fact set product_key = 77777")
    logged.run("test", "--select", "gold_sales_fact,test_name:relationships", check=False)
    noted = logged.rows(
        """
        select status, rows_affected, message from ops_run_log
        where command = 'test' and node_name like '%product_key%'
        """
    )
    assert noted == [("fail", 1, "Got 1 result, configured to fail if != 0")]


def test_a_full_refresh_keeps_what_was_noted_before(logged: Warehouse) -> None:
    before = (
        logged.rows("select * from ops_run_log"),
        logged.rows("select * from ops_expectation_log"),
    )
    logged.load(*OPS, "--full-refresh")
    after = (
        logged.rows("select * from ops_run_log"),
        logged.rows("select * from ops_expectation_log"),
    )
    for old, new in zip(before, after, strict=True):
        assert old and new[: len(old)] == old and len(new) > len(old)


def test_a_log_that_cannot_be_written_leaves_the_data_as_they_are(logged: Warehouse) -> None:
    logged.execute("alter table ops_run_log alter column status type int using 0")
    logged.execute("alter table ops_expectation_log alter column action type int using 0")
    logged.land("2.json", [sale("B")])
    run = logged.load(*OPS, check=False)
    assert {name: status for name, status in run.nodes.items() if status != "success"} == {
        "retail_medallion-on-run-end-1": "error",
        "retail_medallion-on-run-end-2": "skipped",
        "retail_medallion-on-run-end-3": "skipped",
    }
    assert logged.rows("select transaction_id from gold_sales_fact order by 1") == [("A",), ("B",)]


def test_without_log_tables_nothing_is_noted_and_nothing_fails(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A")])
    warehouse.load()
    assert warehouse.rows("select transaction_id from gold_sales_fact") == [("A",)]


def test_the_run_log_says_up_to_which_load_its_tests_have_looked(logged: Warehouse) -> None:
    newest = logged.rows("select max(load) from watermarks")
    logged.run("test", "--select", "manifests_can_be_read")
    assert newest == logged.rows("select newest_load from ops_run_log where resource_type = 'test'")


def test_a_log_of_before_gains_the_columns_that_it_lacks(logged: Warehouse) -> None:
    before = logged.rows("select * exclude (newest_load) from ops_run_log")
    logged.execute("alter table ops_run_log drop column newest_load")
    logged.load(*OPS)
    after = logged.rows("select * exclude (newest_load) from ops_run_log where newest_load is null")
    assert before and after == before


def test_the_summary_tells_how_often_the_expectations_of_each_stream_were_broken(
    logged_trouble: Warehouse,
) -> None:
    logged_trouble.land_by_stream("3.json", [order("B")])
    logged_trouble.load("ops", "reports")
    summary = logged_trouble.run("run-operation", "summary").printed
    told = [" ".join(line.split()) for line in summary]
    first = told.index("expected lines dropped warned stopped") + 1
    assert told[first : first + 4] == [
        "pos 5 5 1 0",
        "ecommerce 3 1 0 0",
        "inventory 2 1 0 0",
        "clickstream 0 0 0 0",
    ]
    assert "repaired ecommerce has_items 1" in told
    assert "left out inventory valid_movement_type 1" in told
