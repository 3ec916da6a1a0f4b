"""A database whose tables have another layout stops every command before it changes anything."""

import re

import pytest

from tests.support.dbt_forks import Run
from tests.support.duckdb_warehouse import Row, Warehouse, sale

LAYOUT = "3 with business_timezone America/New_York, default_tax_rate 0.07, default_cost_share 0.4"
OLD_TABLES = """
    drop table layout_version;
    drop table watermarks;
    create table load_marks (model_name varchar, input_name varchar, read_until timestamp);
    insert into load_marks values ('silver_pos_events', 'bronze_pos_transactions', now());
    create table silver_pos_events (transaction_id varchar, _version varchar);
    insert into silver_pos_events values ('OLD', 'v1');
    create view silver_pos_typed as select * from silver_pos_events;
    create table silver_transactions_unified (transaction_id varchar, _keyed_at timestamp);
    insert into silver_transactions_unified values ('OLD', now());
    create table silver_quarantined_events (source varchar, event_id varchar);
    create table gold_sales_fact (transaction_id varchar);
    insert into gold_sales_fact values ('OLD');
    create table ops_run_log (
        run_id varchar, run_started_at timestamp, command varchar, target_name varchar,
        node_id varchar, node_name varchar, resource_type varchar, status varchar,
        rows_affected bigint, seconds decimal(18, 3), started_at timestamp, message varchar
    );
    insert into ops_run_log (run_id, node_name, resource_type, status)
    values ('before', 'some_test', 'test', 'pass');
    insert into silver_customer_history
    select * replace ('GONE' as customer_id, 123456789 as member_key, false as is_listed)
    from silver_customer_history where customer_id = 'CUST_00000001';
"""
"""What a database of before had, or some of it."""


@pytest.fixture
def of_before(warehouse: Warehouse) -> Warehouse:
    """A warehouse with the tables of layout 0, and a file."""
    warehouse.execute(OLD_TABLES)
    warehouse.land("1.json", [sale("NEW")])
    return warehouse


def contents(warehouse: Warehouse) -> dict[str, list[Row]]:
    """All rows of all tables and views."""
    names = warehouse.rows("select table_name from information_schema.tables order by all")
    return {name: warehouse.rows(f"select * from {name} order by all") for (name,) in names}


def stopped(run: Run) -> str:
    """The line that stopped a command."""
    assert not run.success
    assert not run.nodes
    assert run.error
    (line,) = re.findall(r"the tables in .*", run.error)
    return str(line)


@pytest.mark.parametrize(
    "command",
    [
        ["build"],
        ["run"],
        ["seed"],
        ["test"],
        ["build", "--full-refresh", "--select", "silver_pos_deliveries+"],
    ],
    ids=" ".join,
)
def test_a_command_on_tables_of_before_changes_nothing(
    of_before: Warehouse, command: list[str]
) -> None:
    before = contents(of_before)
    assert stopped(of_before.run(*command, check=False)) == (
        "the tables in retail.duckdb have layout 0, this project has "
        f"{LAYOUT}: run `dbt build --full-refresh`, which keeps histories and logs"
    )
    assert contents(of_before) == before


def test_a_build_on_tables_of_a_later_layout_stops(warehouse: Warehouse) -> None:
    assert warehouse.rows("select version from layout_version") == [(LAYOUT,)]
    warehouse.execute("update layout_version set version = '99'")
    assert f" have layout 99, this project has {LAYOUT}: " in stopped(
        warehouse.run("build", check=False)
    )


def test_a_build_in_another_time_zone_of_the_business_stops(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("S")])
    warehouse.load()
    elsewhere = {"business_timezone": "Europe/Berlin"}
    message = stopped(warehouse.run("build", variables=elsewhere, check=False))
    assert message.startswith(f"the tables in retail.duckdb have layout {LAYOUT}, this project has")
    nowhere = {"business_timezone": "Europe/Nowhere"}
    run = warehouse.run("build", variables=nowhere, check=False)
    assert (
        run.error is not None and 'business_timezone is "Europe/Nowhere", but must be' in run.error
    )


def test_a_full_refresh_of_everything_brings_tables_up_to_date(of_before: Warehouse) -> None:
    refresh = ["build", "--full-refresh", "--exclude-resource-type", "test", "unit_test"]
    gone = "select * from silver_customer_history where customer_id = 'GONE'"
    kept = of_before.rows(gone)

    # One that dies halfway has to be run again.
    of_before.run(*refresh, kill={"after": ["silver_pos_deliveries"]}, check=False)
    assert " have layout 0, " in stopped(of_before.run("run", check=False))

    of_before.run(*refresh)
    tables = contents(of_before)
    assert tables["layout_version"] == [(LAYOUT,)]
    assert not tables.keys() & {"load_marks", "silver_pos_events", "silver_pos_typed"}
    assert of_before.rows("select transaction_id from gold_sales_fact") == [("NEW",)]
    views = of_before.rows("select view_name from duckdb_views() where not internal")
    assert {("silver_transactions_unified",), ("silver_quarantined_events",)} <= {*views}
    assert of_before.rows("select node_name from ops_run_log where run_id = 'before'") == [
        ("some_test",)
    ]
    assert of_before.rows(gone) == kept != []

    of_before.land("2.json", [sale("NEWER")])
    of_before.load()
    assert of_before.rows("select count(*) from gold_sales_fact") == [(2,)]
