"""Days and hours are those of the place; facts follow a mended zone and a moved calendar."""

import pytest

from tests.support.duckdb_warehouse import (
    EVENT_MODELS,
    Event,
    Warehouse,
    click,
    differences,
    movement,
    order,
    sale,
)

SALES_BY_DAY = """
    select
        transaction_id, calendar_date::varchar, day_name, holiday_name, fiscal_year, fiscal_month,
        hour_minute, period_of_day, is_business_hours
    from gold_sales_fact
    inner join gold_date_dim using (date_key)
    inner join gold_time_dim using (time_key)
    order by transaction_id
"""
FRIDAY_EVENING = "2025-11-29T04:30:00Z"
"""20:30 of Black Friday in Los Angeles."""


def day_and_time(warehouse: Warehouse, fact: str, of: str = "true") -> list[tuple[int, int]]:
    """The distinct keys of the rows of a fact."""
    return warehouse.rows(
        f"select distinct date_key, time_key from {fact} where {of} order by 1, 2"
    )


def events_around_midnight(day: str) -> list[Event]:
    """Events of all streams at places of three zones, around the midnights of each."""
    events: list[Event] = []
    for hour in (4, 5, 6, 7, 8, 9):
        at = f"{day}T0{hour}:30:00Z"
        name = f"{day}-{hour}"
        events += [order(f"O-{name}", at=at), click(f"C-{name}", at=at, session=f"S-{name}")]
        events += [click(f"A-{name}", "add_to_cart", at=at, cart={"items": 1, "value": 5})]
        for place in ("LOC_002", "LOC_003", "LOC_009", "LOC_999"):
            events += [
                sale(f"T-{name}-{place}", at=at, store_id=place),
                movement(f"M-{name}-{place}", quantity=hour, at=at, location_id=place),
            ]
    return events


def assert_as_fully_refreshed(warehouse: Warehouse, name: str, **variables: str) -> None:
    fresh = warehouse.copy(warehouse.folder.parent / name)
    fresh.run("run", "--full-refresh", "--select", "silver", "gold.facts", variables=variables)
    assert not differences(warehouse.tables(), fresh.tables())


def test_a_sale_is_made_on_the_day_and_at_the_hour_of_its_store(warehouse: Warehouse) -> None:
    warehouse.land(
        "sales.json",
        [
            sale("BLACK FRIDAY", at=FRIDAY_EVENING, store_id="LOC_002"),
            sale("NEW YEAR'S EVE", at="2026-01-01T01:00:00Z", store_id="LOC_001"),
            sale("FISCAL YEAR'S END", at="2026-02-01T03:00:00Z", store_id="LOC_007"),
            sale("NOON", at="2026-01-05T20:00:00Z", store_id="LOC_002"),
        ],
    )
    warehouse.load()
    assert warehouse.rows(SALES_BY_DAY) == [
        (
            "BLACK FRIDAY",
            "2025-11-28",
            "Friday",
            "Black Friday",
            2025,
            10,
            "20:30",
            "Evening",
            True,
        ),
        ("FISCAL YEAR'S END", "2026-01-31", "Saturday", None, 2025, 12, "19:00", "Evening", True),
        (
            "NEW YEAR'S EVE",
            "2025-12-31",
            "Wednesday",
            "New Year's Eve",
            2025,
            11,
            "20:00",
            "Evening",
            True,
        ),
        ("NOON", "2026-01-05", "Monday", None, 2025, 12, "12:00", "Afternoon", True),
    ]


def test_a_correction_that_moves_a_sale_over_midnight_leaves_one_row(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("MOVED", at="2026-01-06T07:59:00Z", store_id="LOC_002")])
    warehouse.load()
    assert day_and_time(warehouse, "gold_sales_fact") == [(20260105, 2345)]
    later = sale(
        "MOVED",
        at="2026-01-06T08:01:00Z",
        store_id="LOC_002",
        updated_at="2026-01-06T09:00:00Z",
    )
    warehouse.land("2.json", [later])
    warehouse.load()
    assert day_and_time(warehouse, "gold_sales_fact") == [(20260106, 0)]
    assert warehouse.rows("select count(*) from gold_sales_fact") == [(1,)]


@pytest.mark.slow
def test_facts_follow_a_zone_that_is_mended_and_a_calendar_that_is_moved(
    warehouse: Warehouse,
) -> None:
    for number, day in enumerate(("2025-12-31", "2026-01-01", "2026-03-08"), start=1):
        warehouse.land_by_stream(f"{number}.json", events_around_midnight(day))
    warehouse.load()
    of_place = "location_id = 'LOC_002' and event_at = timestamp '2026-01-01 07:30:00'"
    for fact in ("gold_sales_fact", "gold_inventory_movement_fact"):
        assert day_and_time(warehouse, fact, of_place) == [(20251231, 2330)]
    stock = (
        "select date_key, quantity_on_hand from gold_inventory_fact where location_key = 2"
        " order by 1"
    )
    assert warehouse.rows(stock) == [
        (20251230, 4 + 5 + 6 + 7),
        (20251231, 39 + 4 + 5 + 6 + 7),
        (20260101, 78),
        (20260307, 78 + 4 + 5 + 6 + 7),
        (20260308, 117),
    ]

    warehouse.execute(
        "update gold_location_dim set timezone = 'America/New_York' where location_id = 'LOC_002'"
    )
    warehouse.land("4.json", [sale("LATE", at="2026-01-01T04:45:00Z", store_id="LOC_002")])
    warehouse.load()
    for fact in ("gold_sales_fact", "gold_inventory_movement_fact"):
        assert day_and_time(warehouse, fact, of_place) == [(20260101, 230)]
    assert warehouse.rows(stock) == [
        (20251230, 4),
        (20251231, 39 + 4),
        (20260101, 78),
        (20260307, 78 + 4),
        (20260308, 117),
    ]
    assert_as_fully_refreshed(warehouse, "mended")

    for first_day, has_days_before in (("2026-01-01", True), ("2020-01-01", False)):
        variables = {"date_dim_start": first_day}
        warehouse.run("run", "--select", "gold_date_dim", variables=variables)
        warehouse.run("run", "--select", *EVENT_MODELS, "report_daily_sales", variables=variables)
        outside = "select count(*) from gold_sales_fact where date_key = -1"
        assert (warehouse.rows(outside) != [(0,)]) == has_days_before
        assert warehouse.rows(
            "select (select sum(net_sales_amount) from report_daily_sales)"
            " = (select sum(net_sales_amount) from gold_sales_fact_all)"
        ) == [(True,)]
        assert_as_fully_refreshed(warehouse, first_day, **variables)
