"""Master data that comes later, or goes, or turns out to be valid on other days: facts follow."""

from pathlib import Path

import pytest

from tests.support.duckdb_warehouse import (
    EVENT_MODELS,
    Warehouse,
    click,
    differences,
    item,
    movement,
    order,
    sale,
)
from tests.support.faulted_world import DAYS, Files, faulted_files

SEED = 4

HIDDEN = {
    "gold_product_dim": "product_key % 5 = 0 and product_key > 0",
    "gold_location_dim": "location_key in (2, 3, 12)",
    "gold_channel_dim": "channel_key in (1, 6)",
    "gold_customer_dim": "customer_key // 10000000 % 3 = 0 and customer_key > 0",
    "silver_product_history": "member_key % 5 = 0",
    "silver_location_history": "member_key in (2, 3, 12)",
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
        from gold_customer_dim where is_current and customer_key > 0 and {which};
        update gold_customer_dim set is_current = false, expiration_date = date '{day}'
        where is_current and customer_key > 0 and {which};
        insert into gold_customer_dim select * from changed
        """
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return faulted_files(SEED, tmp_path_factory.mktemp("generated"))


def hidden_members_counted_as_unknown(warehouse: Warehouse) -> int:
    """Rows of facts with the unknown key that name a member which was hidden."""
    return sum(
        warehouse.rows(
            f"""
            select count(*) from {fact}
            where {dimension}_key = -1 and {id_} in (select {id_} from hidden_gold_{dimension}_dim)
            """
        )[0][0]
        for fact, dimension, id_ in (
            ("gold_sales_fact", "product", "sku"),
            ("gold_sales_fact", "location", "location_id"),
            ("gold_sales_fact_ecommerce", "channel", "channel_code"),
            ("gold_inventory_movement_fact", "product", "sku"),
            ("gold_inventory_movement_fact", "location", "location_id"),
            ("gold_cart_abandonment_fact", "channel", "channel_code"),
        )
    )


@pytest.mark.slow
def test_after_every_change_of_members_a_load_gives_what_a_full_refresh_gives(
    warehouse: Warehouse, files: Files
) -> None:
    def assert_as_fully_refreshed(name: str) -> None:
        fresh = warehouse.copy(warehouse.folder.parent / name)
        fresh.run("run", "--full-refresh", "--select", *EVENT_MODELS)
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
    assert hidden_members_counted_as_unknown(warehouse) > 50

    show(warehouse)
    warehouse.load()
    assert hidden_members_counted_as_unknown(warehouse) == 0
    assert_as_fully_refreshed("members_came")

    # Together with new events, and with versions that had begun between the days loaded before.
    land(last)
    change_customers(warehouse, "customer_key // 10000000 % 7 < 2", last)
    change_customers(warehouse, "customer_key // 10000000 % 7 > 5", first)
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
        [5, 3, 30000000, 8.25, 100 - float(cost)]
    ]
    assert keys(warehouse, "gold_sales_fact_ecommerce", "customer_key", "channel_key") == [
        (30000000, 1)
    ]
    ((tax, net),) = keys(warehouse, "gold_sales_fact_ecommerce", "tax_amount", "net_sales_amount")
    assert float(tax) / float(net) == pytest.approx(0.0825, abs=0.001)
    assert keys(
        warehouse, "gold_inventory_fact", "product_key", "location_key", "quantity_on_hand"
    ) == [(1, 1, 1), (5, 3, 7)]
    assert keys(warehouse, "gold_cart_abandonment_fact", "customer_key", "channel_key") == [
        (30000000, 1)
    ]


def test_master_data_that_no_row_names_touch_no_row_and_leave_the_tests_their_days(
    warehouse: Warehouse,
) -> None:
    warehouse.run("run", "--select", "ops_run_log")
    hide(warehouse)
    unique = ["test", "--select", "gold_sales_fact,test_name:unique"]
    for name, day in (("1", "2026-01-05"), ("2", "2026-01-06")):
        at = f"{day}T10:00:00Z"
        warehouse.land_by_stream(f"{name}.json", [sale(name, at=at), movement(name, at=at)])
        warehouse.load()
        if name == "1":
            warehouse.run(*unique)
    show(warehouse)
    run = warehouse.run("run", "--select", *EVENT_MODELS)
    assert [t for t in run.statements if "merge into" in t.lower() and "members" not in t] == []
    tested = "\n".join(warehouse.run(*unique).statements)
    assert "event_at >= make_timestamp(1767657600000000)" in tested  # the second day, not the first
    assert "make_timestamp(1767571200000000)" not in tested


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
