"""Reports and summary say what the facts say, all of it, and nothing where there is nothing."""

import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.duckdb_warehouse import (
    ROOT,
    Tables,
    Warehouse,
    click,
    differences,
    item,
    movement,
    order,
    sale,
)

REPORTS = (
    "report_daily_sales",
    "report_sales_like_for_like",
    "report_sessions",
    "report_conversion_funnel",
    "report_stock_cover",
    "report_cart_abandonment",
    "report_customer_value",
    "report_segment_value",
)

# What a report says in all, and how the facts say the same.
SAME: dict[str, tuple[str, str]] = {
    "sales": (
        """
        select
            sum(units_sold - units_returned),
            sum(sales_amount - returns_amount),
            sum(net_sales_amount),
            sum(gross_margin_amount)
        from report_daily_sales
        """,
        """
        select
            sum(quantity_sold),
            sum(net_sales_amount),
            sum(net_sales_amount),
            sum(gross_margin_amount)
        from gold_sales_fact_all
        """,
    ),
    "the orders of a day and channel, where they are of one category": (
        """
        select calendar_date, channel_code, sum(order_count), sum(sales_amount)
        from report_daily_sales
        where channel_code <> 'STORE_POS'
        group by all
        having count(*) = 1
        order by all
        """,
        """
        select calendar_date, channel_code, count(distinct transaction_id), sum(net_sales_amount)
        from gold_sales_fact_ecommerce as sales
        join gold_date_dim using (date_key)
        join gold_product_dim using (product_key)
        group by all
        having count(distinct category_level_1) = 1
        order by all
        """,
    ),
    "sales of stores, by location": (
        """
        select location_key, sum(order_count), sum(units_sold), sum(net_sales_amount)
        from report_sales_like_for_like
        group by all
        order by all
        """,
        """
        select
            location_key,
            count(distinct transaction_id) filter (not is_return),
            sum(quantity_sold) filter (not is_return),
            sum(net_sales_amount)
        from gold_sales_fact
        group by all
        order by all
        """,
    ),
    "sessions": (
        "select sum(session_count), sum(completed_checkout_count) from report_conversion_funnel",
        """
        select
            count(distinct session_id),
            count(distinct session_id) filter (event_type = 'complete_checkout')
        from gold_customer_event_fact
        """,
    ),
    "stock": (
        """
        select
            count(*),
            sum(quantity_on_hand),
            sum(inventory_value_cost),
            sum(units_sold),
            count(*) filter (is_stockout),
            count(*) filter (days_of_supply is null)
        from report_stock_cover
        """,
        """
        with last as (
            select
                arg_max(quantity_on_hand, date_key) as quantity_on_hand,
                arg_max(inventory_value_cost, date_key) as inventory_value_cost,
                sum(sold_quantity) as units_sold
            from gold_inventory_fact
            group by product_key, location_key
        )
        select
            count(*),
            sum(quantity_on_hand),
            sum(inventory_value_cost),
            sum(units_sold),
            count(*) filter (quantity_on_hand <= 0),
            count(*) filter (units_sold = 0)
        from last
        """,
    ),
    "carts": (
        """
        select
            sum(abandoned_count),
            sum(abandoned_value),
            sum(recovered_count),
            sum(recovery_revenue),
            sum(reached_count) filter (abandonment_stage = 'cart')
        from report_cart_abandonment
        """,
        """
        select
            count(*),
            sum(cart_value),
            count(*) filter (is_recovered),
            sum(recovery_revenue),
            (
                select count(distinct session_id)
                from gold_customer_event_fact
                where event_type = 'add_to_cart'
            )
        from gold_cart_abandonment_fact
        """,
    ),
    "customers": (
        """
        select count(*), sum(order_count), sum(net_sales_amount), sum(gross_margin_amount)
        from report_customer_value
        """,
        """
        with customers as (
            select
                count(distinct transaction_id) filter (not is_return) as order_count,
                sum(net_sales_amount) as net_sales_amount,
                sum(gross_margin_amount) as gross_margin_amount
            from gold_sales_fact_all
            where customer_key > 0
            group by customer_id
        )
        select count(*), sum(order_count), sum(net_sales_amount), sum(gross_margin_amount)
        from customers
        where order_count > 0
        """,
    ),
    "groups of customers": (
        "select sum(customer_count), sum(order_count), sum(net_sales_amount)"
        " from report_segment_value",
        "select count(*), sum(order_count), sum(net_sales_amount) from report_customer_value",
    ),
}


@pytest.fixture(scope="module")
def reported(prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse with three generated days, the reports and the summary; only to be read."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("reported") / "warehouse")
    landing = ["--out", str(warehouse.folder / "landing")]
    world = ["--days", "3", "--end", "2026-01-14", "--seed", "7", "--scale", "0.15"]
    subprocess.run(
        [sys.executable, "-m", "generators", "generate", *world, *landing],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    warehouse.load("reports", "ops")
    return warehouse


@pytest.mark.slow
@pytest.mark.parametrize("what", SAME)
def test_a_report_says_in_all_what_the_facts_say(reported: Warehouse, what: str) -> None:
    of_report, of_facts = SAME[what]
    said = reported.rows(of_report)
    assert said == reported.rows(of_facts)
    assert said
    assert any(said[0])


@pytest.mark.slow
def test_reports_on_nothing_are_empty(warehouse: Warehouse) -> None:
    warehouse.load()
    warehouse.run("run", "--select", "reports")
    assert [warehouse.rows(f"select * from {report}") for report in REPORTS] == [[]] * len(REPORTS)


def all_reports(warehouse: Warehouse) -> Tables:
    """The rows of each report."""
    return {report: Counter(warehouse.rows(f"select * from {report}")) for report in REPORTS}


@pytest.mark.slow
def test_one_wrong_clock_changes_no_report(reported: Warehouse, tmp_path: Path) -> None:
    """A stock count of January, a sale, an order and a click, stamped eight years from now."""
    before = all_reports(reported)
    warehouse = reported.copy(tmp_path / "wrong_clock")
    at = f"{date.today().year + 8}-05-01T10:00:00Z"
    count = movement("COUNT", "adjustment", 5, at=at, reason_code="CYCLE_COUNT")
    events = [count, sale("SALE", at=at), order("ORDER", at=at), click("CLICK", at=at)]
    warehouse.land_by_stream("wrong_clock.json", events)
    warehouse.load("reports")
    assert not differences(before, all_reports(warehouse))
    assert warehouse.quarantine() == [
        (id_, None, ["not_from_the_future"]) for id_ in ("CLICK", "COUNT", "ORDER", "SALE")
    ]


@pytest.mark.slow
def test_a_cancelled_order_is_no_order_and_sells_nothing(warehouse: Warehouse) -> None:
    """Both are of 10 units; one is cancelled a week later, without items, then with them."""
    lines = [item(qty=10, qty_requested=12)]
    placed = [order("KEPT", items=lines), order("GONE", items=lines)]
    cancelled = {"status": "canceled", "updated_at": "2026-01-12T10:00:00Z"}
    warehouse.land("1.json", [*placed, order("NEVER", items=[], status="cancelled")], "ecommerce")
    warehouse.load("reports")
    figures = """
        select calendar_date, order_count, units_sold, sales_amount, average_order_value
        from report_daily_sales
    """
    day = date(2026, 1, 5)
    assert warehouse.rows(figures) == [(day, 2, 20, Decimal(200), Decimal(100))]
    kept = [(day, 1, 10, Decimal(100), Decimal(100))]

    warehouse.land("2.json", [order("GONE", items=[]) | cancelled], "ecommerce")
    warehouse.load("reports")
    assert warehouse.rows(figures) == kept
    assert warehouse.rows("select transaction_id from gold_sales_fact_ecommerce") == [("KEPT",)]

    cancelled["updated_at"] = "2026-01-13T10:00:00Z"
    warehouse.land("3.json", [order("GONE", items=lines) | cancelled], "ecommerce")
    warehouse.load("reports")
    assert warehouse.rows(figures) == kept
    assert warehouse.rows(
        """
        select
            date_key, quantity_sold, quantity_requested, is_inventory_constrained, unit_price,
            discount_amount, net_sales_amount, tax_amount, gross_margin_amount, order_status
        from gold_sales_fact_ecommerce
        where transaction_id = 'GONE'
        """
    ) == [(20260105, 0, 12, False, 10, 0, 0, 0, 0, "cancelled")]
    assert warehouse.rows("select order_count, net_sales_amount from report_customer_value") == [
        (1, Decimal(100))
    ]


UNIQUE = "line_items_are_unique_in_their_source"


@pytest.mark.slow
def test_a_till_sale_and_an_order_with_one_id_are_two_orders(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("ONE"), sale("TWO"), sale("THREE")])
    warehouse.land("1.json", [order("ONE"), order("TWO"), order("FOUR")], "ecommerce")
    warehouse.load("reports", "ops")
    assert warehouse.rows("select sum(order_count) from report_daily_sales") == [(6,)]
    assert warehouse.rows("select order_count from report_customer_value") == [(6,)]
    told = " ".join(" ".join(summary_of(warehouse)).split())
    assert told.count("3 units in 3 orders and 0 returns") == 2
    assert warehouse.run("test", "--select", UNIQUE).nodes[UNIQUE] == "pass"
    warehouse.execute("insert into gold_sales_fact from gold_sales_fact limit 1")
    run = warehouse.run("test", "--select", UNIQUE, variables={"test_scope": "all"}, check=False)
    assert run.nodes[UNIQUE] == "fail"


def summary_of(warehouse: Warehouse) -> list[str]:
    """The lines of `dbt run-operation summary`."""
    return "\n".join(warehouse.run("run-operation", "summary").printed).splitlines()


@pytest.mark.slow
def test_the_summary_fits_on_a_screen_and_tells_of_tables_figures_and_invariants(
    reported: Warehouse,
) -> None:
    lines = summary_of(reported)
    assert len(lines) <= 45
    assert max(map(len, lines[:-1])) <= 100  # the last one is the path of the database
    told = " ".join(" ".join(lines).split())
    for table in (name for name in reported.tables() if not name.endswith("_line_items")):
        [(rows,)] = reported.rows(f"select count(*) from {table}")
        assert f"{table} {rows:,} " in told
    [(net_sales,)] = reported.rows(
        "select sum(net_sales_amount) from gold_sales_fact_all where source_system = 'ecommerce'"
    )
    assert f"online {net_sales:,} US dollars" in told
    [(sessions,)] = reported.rows(
        "select count(*) from report_sessions where device_type = 'mobile'"
    )
    assert f"mobile {sessions:,} " in told
    assert "left out nothing" in told
    assert "everything agrees" in told


@pytest.mark.slow
def test_the_summary_is_a_view_of_texts_in_the_order_of_the_screen(reported: Warehouse) -> None:
    rows = reported.rows("select section, label, value from ops_summary order by position")
    lines = summary_of(reported)
    assert all(isinstance(text, str) for row in rows for text in row)
    printed = iter([line for line in lines if not line.startswith(("bronze", "silver"))])
    for section, label, value in rows:
        if section not in ("bronze", "silver", "gold"):
            assert any(line.endswith(value) and label in line for line in printed), value


@pytest.mark.slow
def test_the_summary_leaves_out_what_is_not_there_and_says_what_does_not_agree(
    reported: Warehouse, tmp_path: Path
) -> None:
    warehouse = reported.copy(tmp_path / "damaged")
    warehouse.execute("delete from gold_customer_event_fact")
    warehouse.execute("delete from gold_sales_fact")
    warehouse.execute(
        "delete from gold_inventory_movement_fact where movement_id in (select min(movement_id)"
        " from gold_inventory_movement_fact where movement_type = 'transfer_in')"
    )
    told = " ".join(" ".join(summary_of(warehouse)).split())
    assert "gold_sales_fact 0" in told
    for missing in ("funnel", "carts left", "offline"):
        assert missing not in told
    assert "products arrived as they left, 1 DO NOT" in told
    assert "checks do not agree" in told


@pytest.mark.slow
def test_the_summary_of_what_is_not_built_is_one_line_that_says_so(
    reported: Warehouse, warehouse: Warehouse, tmp_path: Path
) -> None:
    database = warehouse.folder / "retail.duckdb"
    remedy = f"is not built yet in {database.name}: run `dbt build` first"
    assert summary_of(warehouse) == [f"ops_summary {remedy}"]

    incomplete = reported.copy(tmp_path / "incomplete")
    incomplete.execute("drop table gold_customer_event_fact")
    assert summary_of(incomplete) == [f"gold_customer_event_fact {remedy}"]
