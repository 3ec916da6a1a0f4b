"""Each expectation does what its action says, shown by an event that breaks just this one."""

from typing import Any

import pytest
import yaml

from tests.dbt_forks import Run
from tests.duckdb_warehouse import EVENT_MODELS, ROOT, Event, Warehouse, item, sale

SOUND = sale("SOUND")

DROPPED_EVENTS: dict[str, Event | str] = {
    "silver_pos_events__parsable": '{"transaction_id": "BAD", ',
    "silver_pos_events__has_transaction_id": sale(" "),
    "silver_pos_events__valid_timestamp": sale("BAD", at="2026-02-30T10:00:00Z"),
    "silver_pos_events__has_items": sale("BAD", items=[]),
}
DROPPED_LINES: dict[str, Any] = {
    "silver_transactions_unified__has_sku": item(sku=""),
    "silver_transactions_unified__valid_quantity": item(qty=0),
    "silver_transactions_unified__valid_price": item(price=-0.01),
}
KEPT_WITH_A_WARNING: dict[str, Event] = {
    "silver_transactions_unified__known_product": sale("W1", items=[item("SKU_999999"), item()]),
    "silver_transactions_unified__known_location": sale("W2", store_id="LOC_099"),
    "silver_transactions_unified__known_customer": sale("W3", customer_id="CUST_99999999"),
    "silver_transactions_unified__discount_within_price": sale("W4", items=[item(discount=10.01)]),
    "silver_transactions_unified__date_in_range": sale("W5", at="2019-12-31T10:00:00Z"),
    "silver_transactions_unified__valid_transaction_type": sale("W6", transaction_type="swap"),
}
FAILING = {
    "silver_transactions_unified__unique_line_item",
    "silver_transactions_unified__dimensions_loaded",
}


def name_of(expectation: str) -> str:
    return expectation.split("__")[1]


def test_every_expectation_about_pos_has_a_case_here() -> None:
    declared = {
        test["expectation"]["name"]
        for path in (ROOT / "models" / "silver").rglob("*.yml")
        for model in yaml.safe_load(path.read_text())["models"]
        for test in model.get("data_tests", [])
        if isinstance(test, dict) and "expectation" in test
    }
    cases = {*DROPPED_EVENTS, *DROPPED_LINES, *KEPT_WITH_A_WARNING, *FAILING}
    models = {name.split("__")[0] for name in cases}
    assert {name for name in declared if name.split("__")[0] in models} == cases


@pytest.fixture(scope="module")
def with_dropped(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A warehouse with a file for each `drop`, named after it; only to be read."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("dropped") / "warehouse")
    for name, event in DROPPED_EVENTS.items():
        warehouse.land(f"{name}.json", [sale(f"{name}-before"), event, sale(f"{name}-after")])
    for name, line in DROPPED_LINES.items():
        warehouse.land(f"{name}.json", [sale(name, items=[item(), line, item()])])
    warehouse.load()
    return warehouse


def quarantined_from(warehouse: Warehouse, name: str) -> list[tuple[int | None, list[str]]]:
    return warehouse.rows(
        "select line_number, failed_expectations from silver_quarantined_events"
        f" where _source_file = 'landing/pos/{name}.json'"
    )


@pytest.mark.parametrize("expectation", DROPPED_EVENTS)
def test_an_event_that_breaks_a_drop_is_quarantined_whole_for_just_that(
    with_dropped: Warehouse, expectation: str
) -> None:
    assert quarantined_from(with_dropped, expectation) == [(None, [name_of(expectation)])]
    assert with_dropped.rows(
        "select transaction_id from silver_transactions_unified"
        f" where _source_file = 'landing/pos/{expectation}.json' order by 1"
    ) == [(f"{expectation}-after",), (f"{expectation}-before",)]


@pytest.mark.parametrize("expectation", DROPPED_LINES)
def test_a_line_item_that_breaks_a_drop_is_quarantined_and_its_siblings_stay(
    with_dropped: Warehouse, expectation: str
) -> None:
    assert quarantined_from(with_dropped, expectation) == [(2, [name_of(expectation)])]
    assert with_dropped.rows(
        f"select line_number from gold_sales_fact where transaction_id = '{expectation}' order by 1"
    ) == [(1,), (3,)]


def test_the_quarantine_and_silver_together_hold_each_row_once(with_dropped: Warehouse) -> None:
    assert len(with_dropped.quarantine()) == len(DROPPED_EVENTS) + len(DROPPED_LINES)
    assert with_dropped.rows("select count(*) from gold_sales_fact") == [
        (2 * len(DROPPED_EVENTS) + 2 * len(DROPPED_LINES),)
    ]


def test_a_row_that_breaks_several_drops_names_them_all(warehouse: Warehouse) -> None:
    warehouse.land("1.json", ['{"transaction_id": ""}', sale("A", items=[{}, item()])])
    warehouse.load()
    assert warehouse.quarantine() == [
        ("A", 1, ["has_sku", "valid_price", "valid_quantity"]),
        (None, None, ["has_items", "has_transaction_id", "valid_timestamp"]),
    ]


def warnings_of(run: Run) -> dict[str, str]:
    """What dbt warns of, by test."""
    assert set(run.nodes.values()) <= {"success", "pass", "warn"}
    return {name: run.messages[name] for name, status in run.nodes.items() if status == "warn"}


@pytest.mark.slow
def test_a_row_that_breaks_a_warning_is_kept_and_counted_by_the_build_that_took_it_in(
    warehouse: Warehouse,
) -> None:
    warehouse.land("1.json", [SOUND, *KEPT_WITH_A_WARNING.values()])
    run = warehouse.run("build", "--select", *EVENT_MODELS)
    assert warnings_of(run) == {
        name: "Got 1 result, configured to warn if != 0" for name in KEPT_WITH_A_WARNING
    }
    for name in KEPT_WITH_A_WARNING:
        assert any(name in warning for warning in run.warnings), name
    assert warehouse.quarantine() == []
    kept = warehouse.rows("select line_item_id from gold_sales_fact order by 1")
    assert kept == [("SOUND-1",), ("W1-1",), ("W1-2",), *((f"W{n}-1",) for n in range(2, 7))]

    warehouse.land("2.json", [sale("SOUND3")])
    warehouse.load()
    assert warnings_of(warehouse.run("test", "--select", "silver_transactions_unified")) == {}
    warehouse.land("3.json", [sale("W7", store_id="LOC_098")])
    warehouse.load()
    run = warehouse.run("test", "--select", "silver_transactions_unified")
    assert list(warnings_of(run)) == ["silver_transactions_unified__known_location"]


def assert_stopped(warehouse: Warehouse, expectation: str, named: str) -> None:
    """A load stops at the line items, says why, and changes neither them nor what follows."""
    before = warehouse.tables(without=())
    run = warehouse.load(check=False)
    assert not run.success
    assert run.nodes["silver_transactions_unified"] == "error"
    message = run.messages["silver_transactions_unified"]
    assert name_of(expectation) in message
    assert named in message
    assert run.nodes["gold_sales_fact"] == "skipped"
    after = warehouse.tables(without=())
    for name in ("silver_transactions_unified", "gold_sales_fact", "silver_quarantined_events"):
        assert after[name] == before[name]


@pytest.fixture
def loaded(warehouse: Warehouse) -> Warehouse:
    """A warehouse with three transactions, two of them sound."""
    warehouse.land("1.json", [SOUND, sale("A"), sale("B", items=[item(qty=0)])])
    warehouse.load()
    return warehouse


def test_line_items_that_are_not_unique_stop_the_load_and_name_themselves(
    loaded: Warehouse,
) -> None:
    # No file can bring it about: as if two current versions had come to stand under one id.
    loaded.execute(
        """
        insert into silver_pos_events by name
        select * replace ('second' as _version, _changed_at + interval 1 second as _changed_at)
        from silver_pos_events where transaction_id = 'A'
        """
    )
    loaded.execute(
        """
        update silver_pos_events set _changed_at = _changed_at + interval 1 second
        where transaction_id = 'A' and _version = ''
        """
    )
    assert_stopped(loaded, "silver_transactions_unified__unique_line_item", "A")
    loaded.execute("delete from silver_pos_events where _version = 'second'")
    loaded.load()  # mended, nothing stands in the way


def test_an_empty_dimension_stops_the_load_and_is_named(loaded: Warehouse) -> None:
    loaded.land("2.json", [sale("C"), sale("A", at="2026-02-05T10:00:00Z")])
    for name in ("product", "location", "channel", "customer"):
        dimension = f"gold_{name}_dim"
        loaded.execute(f"create table kept_{name} as select * from {dimension}")
        loaded.execute(f"delete from {dimension}")
        assert_stopped(loaded, "silver_transactions_unified__dimensions_loaded", dimension)
        loaded.execute(f"insert into {dimension} select * from kept_{name}")
    loaded.load()
    assert loaded.rows("select transaction_id, date_key from gold_sales_fact order by 1") == [
        ("A", 20260205),
        ("C", 20260105),
        ("SOUND", 20260105),
    ]
