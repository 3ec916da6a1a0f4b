"""How late events come is measured by their own time, and warned of; it changes no result."""

from decimal import Decimal

from tests.support.duckdb_warehouse import STREAMS, Warehouse, movement, sale

LATE = "events_come_within_the_lateness_budget"
LAGS = """
    select
        stream, event_count, late_event_count, late_share,
        p50_lag_hours, p95_lag_hours, max_lag_hours
    from ops_event_lag
"""


def load(warehouse: Warehouse, *args: str, **variables: str) -> list[str]:
    """Load what has landed and measure its lag; the tests that warned."""
    deliveries = [stream.deliveries for stream in STREAMS.values()]
    warehouse.run("run", "--select", "bronze", *deliveries)
    run = warehouse.run("build", "--select", "ops_event_lag", *args, variables=variables)
    return [name for name, status in run.nodes.items() if status == "warn"]


def test_lag_is_measured_against_the_newest_event_of_earlier_loads(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A", at="2026-01-01T00:00Z"), sale("B", at="2026-01-09T00:00Z")])
    assert load(warehouse) == []
    warehouse.land("2.json", [sale("C", at="2026-01-08T22:30Z"), sale("D", at="2026-01-20T00:00Z")])
    warehouse.land("2.json", [movement("M", at="2026-01-02T00:00Z")], "inventory")
    assert load(warehouse) == []
    warehouse.land(
        "3.json",
        [
            sale("E", at="2026-01-17T23:59Z"),
            sale("F", at="2026-01-18T00:00Z"),
            sale("G", at="2026-01-21T00:00Z"),
            sale("A", at="2026-01-01T00:00Z"),
        ],
    )
    assert load(warehouse) == [LATE]
    a_minute_more = Decimal("48.02")
    assert sorted(warehouse.rows(LAGS)) == [
        ("inventory", 1, 0, 0, 0, 0, 0),
        ("pos", 2, 0, 0, 0, 0, 0),
        ("pos", 2, 0, 0, 0, Decimal("1.5"), Decimal("1.5")),
        ("pos", 3, 1, Decimal("0.333333"), 48, a_minute_more, a_minute_more),
    ]
    assert load(warehouse) == [LATE]
    assert load(warehouse, "--full-refresh", lateness_budget_hours="49") == []


def test_an_event_from_the_future_makes_no_other_late(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A", at="9000-01-01T00:00Z"), sale("B", at="2026-01-09T00:00Z")])
    assert load(warehouse) == []
    warehouse.land("2.json", [sale("C", at="2026-01-09T01:00Z")])
    assert load(warehouse) == []
