"""Each expectation does what its action says, shown by an event that breaks just this one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.dbt_forks import Run
from tests.support.duckdb_warehouse import (
    EVENT_MODELS,
    ROOT,
    STREAMS,
    Event,
    Stream,
    Warehouse,
    click,
    item,
    make_current_twice,
    movement,
    order,
    sale,
)

SOUND = [sale("SOUND"), order("SOUND"), movement("SOUND"), click("SOUND")]

DROPPED_EVENTS: dict[str, Event | str] = {
    "silver_pos_deliveries__parsable": '{"transaction_id": "BAD", ',
    "silver_pos_deliveries__has_transaction_id": sale(" "),
    "silver_pos_deliveries__valid_timestamp": sale("BAD", at="2026-02-30T10:00:00Z"),
    "silver_pos_deliveries__not_from_the_future": sale("BAD", at="9000-01-01T00:00Z"),
    "silver_pos_deliveries__has_items": sale("BAD", items=[]),
    "silver_pos_deliveries__valid_transaction_type": sale("BAD", transaction_type="swap"),
    "silver_ecommerce_deliveries__parsable": '{"order_id": "BAD"} {}',
    "silver_ecommerce_deliveries__has_order_id": order(" "),
    "silver_ecommerce_deliveries__valid_timestamp": order("BAD", at=None),
    "silver_ecommerce_deliveries__not_from_the_future": order("BAD", updated_at="9000-01-01 00:00"),
    "silver_ecommerce_deliveries__has_items": order("BAD", items={"sku": "SKU_000001"}),
    "silver_inventory_deliveries__parsable": '[{"movement_id": "BAD"}]',
    "silver_inventory_deliveries__has_movement_id": movement(""),
    "silver_inventory_deliveries__valid_timestamp": movement("BAD", at="2026-01-05"),
    "silver_inventory_deliveries__not_from_the_future": movement("BAD", at="9000-01-01T00:00Z"),
    "silver_inventory_deliveries__valid_movement_type": movement("BAD", "teleport"),
    "silver_inventory_deliveries__has_sku": movement("BAD", sku=None),
    "silver_inventory_deliveries__has_location": movement("BAD", location_id=" "),
    "silver_inventory_deliveries__valid_quantity": movement("BAD", quantity=1.5),
    "silver_clickstream_deliveries__parsable": "null",
    "silver_clickstream_deliveries__has_event_id": click(""),
    "silver_clickstream_deliveries__valid_timestamp": click("BAD", at="now"),
    "silver_clickstream_deliveries__not_from_the_future": click("BAD", at="9000-01-01T00:00Z"),
    "silver_clickstream_deliveries__has_session_id": click("BAD", session=None),
    "silver_clickstream_deliveries__valid_event_type": click("BAD", "Search"),
}
DROPPED_LINES: dict[str, Any] = {
    "silver_transactions_unified__has_sku": item(sku=""),
    "silver_transactions_unified__valid_quantity": item(qty=0),
    "silver_transactions_unified__valid_price": item(price=-0.01),
    "silver_ecommerce_unified__has_sku": item(sku=None),
    "silver_ecommerce_unified__valid_quantity": item(qty=-1),
    "silver_ecommerce_unified__valid_price": item(price="free"),
}
KEPT_WITH_A_WARNING: dict[str, Event] = {
    "silver_transactions_unified__known_product": sale("W1", items=[item("SKU_999999"), item()]),
    "silver_transactions_unified__known_location": sale("W2", store_id="LOC_099"),
    "silver_transactions_unified__known_customer": sale("W3", customer_id="CUST_99999999"),
    "silver_transactions_unified__known_channel": sale("W4", channel_code="FAX"),
    "silver_transactions_unified__discount_within_price": sale("W5", items=[item(discount=10.01)]),
    "silver_transactions_unified__date_in_range": sale("W6", at="2019-12-31T10:00:00Z"),
    "silver_transactions_unified__line_total_agrees": sale("W7", items=[item(line_total=9.98)]),
    "silver_ecommerce_unified__known_product": order("W1", items=[item("SKU_999999"), item()]),
    "silver_ecommerce_unified__has_customer": order("W2", customer_id=None),
    "silver_ecommerce_unified__known_customer": order("W3", customer_id="CUST_99999999"),
    "silver_ecommerce_unified__known_channel": order("W4", channel=None),
    "silver_ecommerce_unified__discount_within_price": order("W5", items=[item(discount=-1)]),
    "silver_ecommerce_unified__date_in_range": order("W6", at="2019-12-31T10:00:00Z"),
    "silver_ecommerce_unified__line_total_agrees": order("W7", items=[item(line_total=0)]),
    "silver_ecommerce_unified__known_status": order("W8", status="lost"),
    "silver_inventory_movements__known_product": movement("W1", sku="SKU_999999"),
    "silver_inventory_movements__known_location": movement("W2", location_id="LOC_099"),
    "silver_inventory_movements__date_in_range": movement("W3", at="2019-12-31T10:00:00Z"),
    "silver_clickstream_events__known_product": click("W1", product_sku="SKU_999999"),
    "silver_clickstream_events__known_customer": click("W2", customer_id="CUST_99999999"),
    "silver_clickstream_events__known_channel": click("W3", channel="FAX"),
    "silver_clickstream_events__date_in_range": click("W4", at="2019-12-31T10:00:00Z"),
}
FAILING = {
    "gold_sales_fact__unique_line_item",
    "gold_sales_fact_ecommerce__unique_line_item",
    "gold_inventory_movement_fact__unique_movement",
    "gold_customer_event_fact__unique_event",
    "gold_sales_fact__dimensions_loaded",
    "gold_sales_fact_ecommerce__dimensions_loaded",
    "gold_inventory_movement_fact__dimensions_loaded",
    "gold_customer_event_fact__dimensions_loaded",
}


def model_of(expectation: str) -> str:
    return expectation.split("__")[0]


def name_of(expectation: str) -> str:
    return expectation.split("__")[1]


def stream_of(expectation: str) -> Stream:
    model = model_of(expectation)
    return next(
        stream
        for stream in STREAMS.values()
        if model in (stream.deliveries, stream.silver, stream.fact)
    )


def test_every_expectation_has_a_case_here() -> None:
    declared = {
        test["expectation"]["name"]
        for path in (ROOT / "models").rglob("*.yml")
        for model in yaml.safe_load(path.read_text()).get("models", [])
        for test in model.get("data_tests", [])
        if isinstance(test, dict) and "expectation" in test
    }
    assert declared == {*DROPPED_EVENTS, *DROPPED_LINES, *KEPT_WITH_A_WARNING, *FAILING}


@pytest.fixture(scope="module")
def with_dropped(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A warehouse with a file for each `drop`, named after it; only to be read."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("dropped") / "warehouse")
    for name, event in DROPPED_EVENTS.items():
        stream = stream_of(name)
        events = [stream.make(f"{name}-before"), event, stream.make(f"{name}-after")]
        warehouse.land(f"{name}.json", events, stream.source)
    for name, line in DROPPED_LINES.items():
        stream = stream_of(name)
        sold = stream.make(name, items=[item(), line, item()])
        warehouse.land(f"{name}.json", [sold], stream.source)
    warehouse.load()
    return warehouse


def quarantined_from(warehouse: Warehouse, name: str) -> list[tuple[int | None, list[str]]]:
    source = stream_of(name).source
    return warehouse.rows(
        "select line_number, failed_expectations from silver_quarantined_events"
        f" where source = '{source}' and _source_file = '{source}/{name}.json'"
    )


@pytest.mark.parametrize("expectation", DROPPED_EVENTS)
def test_an_event_that_breaks_a_drop_is_quarantined_whole_for_just_that(
    with_dropped: Warehouse, expectation: str
) -> None:
    stream = stream_of(expectation)
    assert quarantined_from(with_dropped, expectation) == [(None, [name_of(expectation)])]
    assert with_dropped.rows(
        f"select {stream.id} from {stream.silver}"
        f" where _source_file = '{stream.source}/{expectation}.json' order by 1"
    ) == [(f"{expectation}-after",), (f"{expectation}-before",)]


@pytest.mark.parametrize("expectation", DROPPED_LINES)
def test_a_line_item_that_breaks_a_drop_is_quarantined_and_its_siblings_stay(
    with_dropped: Warehouse, expectation: str
) -> None:
    assert quarantined_from(with_dropped, expectation) == [(2, [name_of(expectation)])]
    assert with_dropped.rows(
        "select line_number from gold_sales_fact_all"
        f" where transaction_id = '{expectation}' order by 1"
    ) == [(1,), (3,)]


def test_the_quarantine_and_silver_together_hold_each_row_once(with_dropped: Warehouse) -> None:
    assert len(with_dropped.quarantine()) == len(DROPPED_EVENTS) + len(DROPPED_LINES)
    kept = [
        with_dropped.rows(f"select count(*) from {stream.fact}")[0][0]
        for stream in STREAMS.values()
    ]
    assert sum(kept) == 2 * len(DROPPED_EVENTS) + 2 * len(DROPPED_LINES)


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
    warehouse.land_by_stream("1.json", [*SOUND, *KEPT_WITH_A_WARNING.values()])
    others = ["--exclude", "tag:invariants", "resource_type:unit_test"]
    # The run log tells what a test has looked at.
    run = warehouse.run("build", "--select", *EVENT_MODELS, "ops_run_log", *others)
    assert warnings_of(run) == {
        name: "Got 1 result, configured to warn if != 0" for name in KEPT_WITH_A_WARNING
    }
    for name in KEPT_WITH_A_WARNING:
        assert any(name in warning for warning in run.warnings), name
    assert warehouse.quarantine() == []
    for stream in STREAMS.values():
        warned = [name for name in KEPT_WITH_A_WARNING if stream_of(name) == stream]
        kept = warehouse.rows(f"select count(distinct {stream.id}) from {stream.silver}")
        assert kept == [(1 + len(warned),)]

    warehouse.land("2.json", [sale("SOUND3")])
    warehouse.load()
    tests = ["test", "--select", "silver_transactions_unified", *others]
    assert warnings_of(warehouse.run(*tests)) == {}
    warehouse.land("3.json", [sale("W8", store_id="LOC_098")])
    warehouse.load()
    run = warehouse.run(*tests)
    assert list(warnings_of(run)) == ["silver_transactions_unified__known_location"]


def assert_stopped(warehouse: Warehouse, expectations: Iterable[str], named: str) -> None:
    """A load stops at their models, says why, and changes neither them nor what follows."""
    before = warehouse.tables(without=())
    run = warehouse.load(check=False)
    assert not run.success
    after = warehouse.tables(without=())
    for expectation in expectations:
        stream = stream_of(expectation)
        assert run.nodes[stream.fact] == "error"
        assert name_of(expectation) in run.messages[stream.fact]
        assert named in run.messages[stream.fact]
        assert after[stream.fact] == before[stream.fact], stream.fact
        if stream.fact.startswith("gold_sales_fact"):
            assert run.nodes["gold_sales_fact_all"] == "skipped"


def one_of_each(id_: str, **fields: Any) -> list[Event]:
    return [stream.make(id_, **fields) for stream in STREAMS.values()]


@pytest.fixture(scope="module")
def first_loaded(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A warehouse with two sound events of each stream, and an unsound sale; only to be copied."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("loaded") / "warehouse")
    warehouse.land_by_stream("1.json", [*SOUND, *one_of_each("A"), sale("B", items=[item(qty=0)])])
    warehouse.load()
    return warehouse


@pytest.fixture
def loaded(first_loaded: Warehouse, tmp_path: Path) -> Warehouse:
    return first_loaded.copy(tmp_path / "warehouse")


def test_ids_with_two_current_versions_stop_the_load_and_are_named(loaded: Warehouse) -> None:
    # No file can bring it about: as if two current versions had come to stand under one id.
    loaded.land_by_stream("2.json", one_of_each("LATER"))
    for stream in STREAMS.values():
        make_current_twice(loaded, stream, f"{stream.id} = 'A'")
    assert_stopped(loaded, {name for name in FAILING if "__unique_" in name}, "A")
    for stream in STREAMS.values():
        loaded.execute(f"delete from {stream.deliveries} where _delivery = 'second'")
    loaded.load()  # mended, nothing stands in the way


READERS: dict[str, list[str]] = {
    "gold_product_dim": [*STREAMS],
    "gold_location_dim": ["pos", "inventory"],
    "gold_channel_dim": ["pos", "ecommerce", "clickstream"],
    "gold_customer_dim": ["pos", "ecommerce", "clickstream"],
}
"""The streams that have keys of a dimension."""


def test_an_empty_dimension_stops_the_load_and_is_named(loaded: Warehouse) -> None:
    for dimension, sources in READERS.items():
        loaded.land_by_stream(f"{dimension}.json", one_of_each(dimension))
        loaded.execute(f"create table kept as select * from {dimension}")
        loaded.execute(f"delete from {dimension}")
        stopped = [f"{STREAMS[source].fact}__dimensions_loaded" for source in sources]
        assert_stopped(loaded, stopped, dimension)
        loaded.execute(f"insert into {dimension} select * from kept; drop table kept")
    loaded.land_by_stream("last.json", one_of_each("A", at="2026-02-05T10:00:00Z"))
    loaded.load()
    for stream in STREAMS.values():
        assert loaded.rows(f"select {stream.fact_id}, date_key from {stream.fact} order by 1") == [
            ("A", 20260205),
            ("SOUND", 20260105),
            *((dimension, 20260105) for dimension in sorted(READERS)),
        ]
