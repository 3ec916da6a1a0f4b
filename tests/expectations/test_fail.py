"""A broken `fail` means that nothing is written: not by the model, and not by what follows it."""

from tests.support.duckdb_warehouse import STREAMS, Row, Warehouse, make_current_twice, sale

SALES = STREAMS["pos"]


def watermarks(warehouse: Warehouse) -> list[Row]:
    """Which loads the fact has taken in."""
    return warehouse.rows(
        f"select * from watermarks where model_name = '{SALES.fact}' order by all"
    )


def test_a_first_build_that_breaks_a_fail_makes_no_table_and_the_next_one_loads_everything(
    warehouse: Warehouse,
) -> None:
    warehouse.land("1.json", [sale("A"), sale("B")])
    warehouse.execute("create table kept as from gold_location_dim; delete from gold_location_dim")
    run = warehouse.load(check=False)
    assert run.nodes[SALES.fact] == "error"
    assert run.nodes["gold_sales_fact_all"] == "skipped"
    tables = {name for (name,) in warehouse.rows("select table_name from duckdb_tables()")}
    assert SALES.fact not in tables
    assert watermarks(warehouse) == []

    warehouse.execute("insert into gold_location_dim from kept; drop table kept")
    warehouse.load()
    assert warehouse.rows(f"select transaction_id from {SALES.fact} order by 1") == [("A",), ("B",)]


def test_a_full_refresh_that_breaks_a_fail_leaves_the_tables_and_watermarks_as_they_were(
    warehouse: Warehouse,
) -> None:
    warehouse.land("1.json", [sale("A"), sale("B")])
    warehouse.load()
    before = warehouse.tables(without=())[SALES.fact], watermarks(warehouse)
    make_current_twice(warehouse, SALES, "transaction_id = 'A'")
    run = warehouse.run("run", "--full-refresh", "--select", f"{SALES.fact}+", check=False)
    assert "unique_line_item fails for A" in run.messages[SALES.fact]
    after = warehouse.tables(without=())[SALES.fact], watermarks(warehouse)
    assert after == before

    warehouse.execute(f"delete from {SALES.deliveries} where _delivery = 'second'")
    warehouse.land("2.json", [sale("C")])
    warehouse.load()
    ids = warehouse.rows(f"select transaction_id from {SALES.fact} order by 1")
    assert ids == [("A",), ("B",), ("C",)]


def test_the_message_of_a_fail_names_the_first_five_ids(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale(id_) for id_ in "GFEDCBA"])
    warehouse.load()
    make_current_twice(warehouse, SALES, "true")
    warehouse.land("2.json", [sale("LATER")])
    run = warehouse.load(check=False)
    assert "unique_line_item fails for A, B, C, D, E\n" in run.messages[SALES.fact] + "\n"
