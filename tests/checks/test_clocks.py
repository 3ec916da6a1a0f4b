"""An event that is dated after its arrival is judged by its arrival, once, and warned of."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.duckdb_warehouse import Warehouse, sale

WARNING = "events_are_not_from_the_future_silver_pos_deliveries_pos"
VERDICTS = """
    select transaction_id, verdict, failed_expectations
    from silver_pos_deliveries
    order by all
"""
FUTURE = ["not_from_the_future"]


def hence(hours: float) -> str:
    """A timestamp so many hours from now."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


@pytest.mark.slow
def test_the_verdict_is_by_the_arrival_and_not_by_the_clock_of_the_refresh(
    warehouse: Warehouse,
) -> None:
    corrected = sale("CORRECTED", updated_at=hence(30))
    warehouse.land("1.json", [sale("LATER", at=hence(30)), sale("SOON", at=hence(20)), corrected])
    warehouse.load()
    judged = [
        ("CORRECTED", "rejected", FUTURE),
        ("LATER", "rejected", FUTURE),
        ("SOON", "current", None),
    ]
    assert warehouse.rows(VERDICTS) == judged
    warehouse.load("--full-refresh", "--exclude", "bronze")
    assert warehouse.rows(VERDICTS) == judged

    # As if the file had come twelve hours later.
    warehouse.execute(
        "update bronze_pos_transactions set _ingested_at = _ingested_at + interval 12 hour"
    )
    warehouse.load("--full-refresh", "--exclude", "bronze")
    assert {verdict for _, verdict, _ in warehouse.rows(VERDICTS)} == {"current"}


def test_the_warning_says_how_far_ahead_they_are_and_what_to_do(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A", at=hence(48.04)), sale("B", at=hence(30)), sale("C")])
    warehouse.run("run", "--select", "bronze_pos_transactions", "silver_pos_deliveries")
    run = warehouse.run("test", "--select", WARNING, check=False)
    assert run.nodes[WARNING] == "warn"
    assert run.messages[WARNING].startswith("Got 2 results")
    (told,) = [text for text in run.warnings if text.startswith(f"{WARNING} is broken: ")]
    assert told.partition(" is broken: ")[2] == (
        "row_count 2, newest_hours_ahead 48.0, if_the_clock_of_this_machine_is_wrong mend the"
        " clock, then dbt build --full-refresh --select bronze_pos_transactions+"
    )


def test_a_world_made_up_for_days_to_come_has_no_limit(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("LATER", at="9999-12-31T23:59:59Z")])
    warehouse.run(
        *("run", "--select", "bronze_pos_transactions", "silver_pos_deliveries"),
        variables={"max_future_hours": None},
    )
    assert warehouse.rows(VERDICTS) == [("LATER", "current", None)]


@pytest.mark.parametrize(
    ("setting", "value"), [("max_future_hours", "a day"), ("clock_not_before", "2026-02-30x")]
)
def test_a_limit_that_is_none_stops_the_run(warehouse: Warehouse, setting: str, value: str) -> None:
    run = warehouse.run("run", "--select", "bronze", variables={setting: value}, check=False)
    assert not run.success
    assert f"{setting} is " in str(run.error)
