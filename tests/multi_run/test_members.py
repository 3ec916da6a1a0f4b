"""Master data that comes later, or goes, or turns out to be valid on other days: facts follow."""

from pathlib import Path

import pytest

from tests.duckdb_warehouse import (
    EVENT_MODELS,
    Warehouse,
    click,
    differences,
    item,
    movement,
    order,
    sale,
)
from tests.multi_run.troubled_world import DAYS, Files, troubled_files

SEED = 4

HIDDEN = {
    "gold_product_dim": "product_key % 5 = 0",
    "gold_location_dim": "location_key in (2, 3, 12)",
    "gold_channel_dim": "channel_key in (1, 6)",
    "gold_customer_dim": "customer_key % 3000 = 1",
}
"""What the dimensions do not know at first. LOC_003 is the one location of its state."""


def hide(warehouse: Warehouse) -> None:
    """Take members out of the dimensions, and keep them aside."""
    for dimension, hidden in HIDDEN.items():
        warehouse.execute(
            f"""
            create or replace table hidden_{dimension} as select * from {dimension} where {hidden};
            delete from {dimension} where {hidden}
            """
        )


def show(warehouse: Warehouse) -> None:
    """Put the hidden members back."""
    for dimension in HIDDEN:
        warehouse.execute(f"insert into {dimension} select * from hidden_{dimension}")


def change_customers(warehouse: Warehouse, which: str, day: str) -> None:
    """Give customers a new version, valid from a day on that lies behind."""
    warehouse.execute(
        f"""
        create or replace temp table changed as
        select * replace (
            customer_key + 1 as customer_key, 'vip' as segment, date '{day}' as effective_date
        )
        from gold_customer_dim where is_current and customer_key <> -1 and {which};
        update gold_customer_dim set is_current = false, expiration_date = date '{day}'
        where is_current and customer_key <> -1 and {which};
        insert into gold_customer_dim select * from changed
        """
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return troubled_files(SEED, tmp_path_factory.mktemp("generated"))


def unknown_keys(warehouse: Warehouse) -> int:
    return sum(
        warehouse.rows(f"select count(*) from {fact} where {key} = -1")[0][0]
        for fact, key in (
            ("gold_sales_fact", "product_key"),
            ("gold_sales_fact", "location_key"),
            ("gold_sales_fact_ecommerce", "channel_key"),
            ("gold_inventory_fact", "product_key"),
            ("gold_inventory_fact", "location_key"),
            ("gold_cart_abandonment_fact", "channel_key"),
        )
    )


@pytest.mark.slow
def test_after_every_change_of_members_a_load_gives_what_a_full_refresh_gives(
    warehouse: Warehouse, files: Files
) -> None:
    def assert_as_fully_refreshed(name: str) -> None:
        fresh = warehouse.copy(warehouse.folder.parent / name)
        fresh.run("run", "--full-refresh", "--select", "silver", "gold.facts")
        assert not differences(warehouse.tables(), fresh.tables())

    def land(day: str) -> None:
        for (source, of_day), lines in files.items():
            if of_day == day:
                warehouse.land(f"{day}.json", lines, source)

    first, last = DAYS[0], DAYS[-1]
    hide(warehouse)
    for day in DAYS[:-1]:
        land(day)
    warehouse.load()
    unknown = unknown_keys(warehouse)

    show(warehouse)
    warehouse.load()
    assert unknown_keys(warehouse) < unknown / 4
    assert_as_fully_refreshed("members_came")

    # Together with new events, and with versions that had begun between the days loaded before.
    land(last)
    change_customers(warehouse, "customer_key % 7000 < 2000", last)
    change_customers(warehouse, "customer_key % 7000 > 6000", first)
    warehouse.load()
    assert_as_fully_refreshed("versions_changed")

    hide(warehouse)
    warehouse.load()
    assert_as_fully_refreshed("members_went")


def keys(warehouse: Warehouse, fact: str, *names: str) -> list[tuple[int, ...]]:
    return warehouse.rows(f"select {', '.join(names)} from {fact} order by all")


@pytest.fixture(scope="module")
def loaded_with_unknown(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A warehouse with an event a stream of members that are not known, and one of others."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("unknown") / "warehouse")
    hide(warehouse)
    unknown = {"customer_id": "CUST_00000003", "at": "2026-03-10T10:00:00Z"}
    warehouse.land_by_stream(
        "1.json",
        [
            sale("A", items=[item("SKU_000005", price=100)], store_id="LOC_003", **unknown),
            order("A", channel="WEB_DESKTOP", shipping_address={"state": "IL"}, **unknown),
            movement("A", sku="SKU_000005", location_id="LOC_003", quantity=7),
            click("A", "add_to_cart", cart={"items": 1}, **unknown),
            sale("B"),
            movement("B"),
            click("B", session="SES-2", at="2026-03-11T10:00:00Z"),
        ],
    )
    warehouse.load()
    return warehouse


@pytest.fixture
def with_unknown(loaded_with_unknown: Warehouse, tmp_path: Path) -> Warehouse:
    return loaded_with_unknown.copy(tmp_path / "warehouse")


def test_facts_of_unknown_members_get_their_keys_and_amounts_when_the_members_come(
    with_unknown: Warehouse,
) -> None:
    warehouse = with_unknown
    sold = ("product_key", "location_key", "customer_key", "tax_amount", "gross_margin_amount")
    where_a = "(select * from {} where event_at >= '2026-03-10' or location_id = 'LOC_003')"
    sale_a = where_a.format("gold_sales_fact")
    assert [[*map(float, row)] for row in keys(warehouse, sale_a, *sold)] == [
        [-1, -1, -1, 7.0, 60.0]
    ]
    show(warehouse)
    warehouse.load()
    ((cost,),) = warehouse.rows("select unit_cost from gold_product_dim where product_key = 5")
    assert [[*map(float, row)] for row in keys(warehouse, sale_a, *sold)] == [
        [5, 3, 3001, 8.25, 100 - float(cost)]
    ]
    assert keys(warehouse, "gold_sales_fact_ecommerce", "customer_key", "channel_key") == [
        (3001, 1)
    ]
    ((tax, net),) = keys(warehouse, "gold_sales_fact_ecommerce", "tax_amount", "net_sales_amount")
    assert float(tax) / float(net) == pytest.approx(0.0825, abs=0.001)
    assert keys(
        warehouse, "gold_inventory_fact", "product_key", "location_key", "quantity_on_hand"
    ) == [(1, 1, 1), (5, 3, 7)]
    assert keys(warehouse, "gold_cart_abandonment_fact", "customer_key", "channel_key") == [
        (3001, 1)
    ]


def test_master_data_that_no_row_names_touch_no_row_and_leave_the_tests_their_days(
    warehouse: Warehouse,
) -> None:
    hide(warehouse)
    for name in "12":
        warehouse.land_by_stream(f"{name}.json", [sale(name), movement(name)])
        warehouse.load()
    show(warehouse)
    run = warehouse.run("run", "--select", *EVENT_MODELS)
    merges = [text for text in run.statements if "merge into" in text and "members" not in text]
    assert all("quarantine" in text for text in merges), merges
    tested = warehouse.run("test", "--select", "gold_sales_fact,test_name:unique")
    assert any("date_key in (20260105)" in text for text in tested.statements)


def test_an_emptied_dimension_is_not_taken_for_news_about_its_members(
    with_unknown: Warehouse,
) -> None:
    before = with_unknown.tables()
    with_unknown.execute("create table kept as select * from gold_location_dim")
    with_unknown.execute("delete from gold_location_dim")
    with_unknown.run("run", "--select", "silver_dimension_members")
    assert with_unknown.rows(
        "select count(*) from silver_dimension_members where dimension = 'location' and is_known"
    ) == [(10,)]
    with_unknown.execute("insert into gold_location_dim select * from kept; drop table kept")
    with_unknown.load()
    assert not differences(before, with_unknown.tables())
