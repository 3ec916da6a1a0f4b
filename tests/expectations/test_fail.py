"""A broken `fail` means that nothing is written: not by the model, and not by what follows it."""

from tests.duckdb_warehouse import STREAMS, Warehouse, sale

SALES = STREAMS["pos"]


def claim_twice(warehouse: Warehouse, ids: str) -> None:
    """Make two versions of transactions current, which no file can bring about."""
    warehouse.execute(
        f"""
        insert into {SALES.events} by name
        select * replace ('second' as _version, _changed_at + interval 1 second as _changed_at)
        from {SALES.events} where {ids};
        update {SALES.events} set _changed_at = _changed_at + interval 1 second where {ids}
        """
    )


def test_a_first_build_that_breaks_a_fail_makes_no_table_and_the_next_one_loads_everything(
    warehouse: Warehouse,
) -> None:
    warehouse.land("1.json", [sale("A"), sale("B")])
    warehouse.execute("create table kept as from gold_location_dim; delete from gold_location_dim")
    run = warehouse.load(check=False)
    assert run.nodes[SALES.silver] == "error"
    assert run.nodes[SALES.fact] == run.nodes["silver_quarantined_events"] == "skipped"
    tables = {name for (name,) in warehouse.rows("select table_name from duckdb_tables()")}
    assert not tables & {SALES.silver, SALES.fact, "silver_quarantined_events"}
    assert warehouse.rows(f"select * from load_marks where model_name = '{SALES.silver}'") == []

    warehouse.execute("insert into gold_location_dim from kept; drop table kept")
    warehouse.load()
    assert warehouse.rows(f"select transaction_id from {SALES.fact} order by 1") == [("A",), ("B",)]


def test_a_full_refresh_that_breaks_a_fail_leaves_the_tables_and_marks_as_they_were(
    warehouse: Warehouse,
) -> None:
    warehouse.land("1.json", [sale("A"), sale("B")])
    warehouse.load()
    before = warehouse.tables(without=()), warehouse.rows("select * from load_marks order by all")
    claim_twice(warehouse, "transaction_id = 'A'")
    below = ["silver_transactions_unified+"]
    run = warehouse.run("run", "--full-refresh", "--select", *below, check=False)
    assert "unique_line_item fails for A" in run.messages[SALES.silver]
    after = warehouse.tables(without=()), warehouse.rows("select * from load_marks order by all")
    for tables in (before[0], after[0]):
        del tables[SALES.events]
    assert after == before

    warehouse.execute(f"delete from {SALES.events} where _version = 'second'")
    warehouse.land("2.json", [sale("C")])
    warehouse.load()
    ids = warehouse.rows(f"select transaction_id from {SALES.fact} order by 1")
    assert ids == [("A",), ("B",), ("C",)]


def test_the_message_of_a_fail_names_the_first_five_ids(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale(id_) for id_ in "GFEDCBA"])
    warehouse.load()
    claim_twice(warehouse, "true")
    run = warehouse.load(check=False)
    assert "unique_line_item fails for A, B, C, D, E\n" in run.messages[SALES.silver] + "\n"
