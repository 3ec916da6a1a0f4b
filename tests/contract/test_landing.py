"""What the landing folder may look like, and what is read of it."""

import re

import pytest

from tests.support.duckdb_warehouse import (
    EVENT_MODELS,
    STREAMS,
    Row,
    Warehouse,
    item,
    sale,
)

TYPES_OF_EVENT_TABLES = """
    select table_name, column_name, data_type
    from information_schema.columns
    where table_name like 'bronze%' or table_name like 'silver%' or table_name like 'gold%fact%'
    order by table_name, ordinal_position
"""


@pytest.fixture(scope="module")
def types_of_filled_tables(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> list[Row]:
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("filled") / "warehouse")
    warehouse.land_by_stream("1.json", [stream.make("A") for stream in STREAMS.values()])
    warehouse.land("2.json", [sale("B", items=[item(), item(qty=0)])])
    warehouse.load()
    return warehouse.rows(TYPES_OF_EVENT_TABLES)


@pytest.mark.parametrize("is_there", [True, False], ids=["empty", "missing"])
def test_a_landing_folder_without_files_gives_empty_typed_tables(
    warehouse: Warehouse, types_of_filled_tables: list[Row], is_there: bool
) -> None:
    if is_there:
        (warehouse.folder / "landing" / "pos").mkdir(parents=True)
    for command in ("run",) if is_there else ("build", "run"):
        run = warehouse.run(
            command, "--select", *EVENT_MODELS, "--exclude", "resource_type:unit_test"
        )
        assert set(run.nodes.values()) <= {"success", "pass"}
        assert run.warnings == []
        assert warehouse.rows(TYPES_OF_EVENT_TABLES) == types_of_filled_tables
        assert not any(warehouse.tables().values())


def test_files_that_come_after_an_empty_build_are_taken_in(warehouse: Warehouse) -> None:
    warehouse.load()
    warehouse.land("1.json", [sale("A"), "no event"])
    warehouse.load()
    assert warehouse.rows("select line_item_id from gold_sales_fact") == [("A-1",)]
    assert warehouse.quarantine() == [(None, None, ["parsable"])]


def test_thousands_of_small_files_are_read_by_one_statement(warehouse: Warehouse) -> None:
    for number in range(2000):
        warehouse.land(f"{number:04}.json", [sale(f"T{number}")])
    run = warehouse.load()
    reads = [text for text in run.statements if re.search(r"from\s+landing_pos", text)]
    assert len(reads) == 1
    assert warehouse.rows(
        "select count(distinct transaction_id), count(*), count(distinct _source_file)"
        " from bronze_pos_transactions"
    ) == [(2000, 2000, 2000)]
    assert warehouse.rows("select count(*) from gold_sales_fact") == [(2000,)]


def test_only_new_files_are_opened(warehouse: Warehouse) -> None:
    known = warehouse.land("1.json", [sale("A")])
    warehouse.load()
    known.write_bytes(b"{")  # it never changes; if it did, nothing would look at it
    warehouse.land("2.json", [sale("B")])
    run = warehouse.load()
    assert not any("1.json" in text for text in run.statements)
    assert warehouse.rows("select transaction_id from gold_sales_fact order by 1") == [
        ("A",),
        ("B",),
    ]


def test_a_stream_needs_no_files_of_another(warehouse: Warehouse) -> None:
    """Each stream in turn, the others with nothing or with nothing new."""
    for number, stream in enumerate(STREAMS.values()):
        warehouse.land("1.json", [stream.make("A"), "no event"], stream.source)
        warehouse.run("run", "--select", *EVENT_MODELS)
        assert len(warehouse.quarantine()) == number + 1
        counts = [
            warehouse.rows(f"select count(*) from {other.fact}") for other in STREAMS.values()
        ]
        assert counts == [[(int(other <= number),)] for other in range(len(STREAMS))]


def test_ingestion_time_grows_even_when_the_clock_goes_back(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A")])
    warehouse.load()
    # As if the first load had run with a clock far ahead.
    warehouse.execute("update bronze_pos_transactions set _ingested_at = '2999-01-01'")
    warehouse.execute("update bronze_pos_transactions__files set ingested_at = '2999-01-01'")
    warehouse.load()
    for number in (2, 3):
        warehouse.land(f"{number}.json", [sale("A", at=f"2026-01-0{number}T10:00:00Z"), sale("B")])
        warehouse.load()
    assert warehouse.rows(
        "select distinct _source_file, cast(_ingested_at as varchar)"
        " from bronze_pos_transactions order by 1"
    ) == [
        ("pos/1.json", "2999-01-01 00:00:00"),
        ("pos/2.json", "2999-01-01 00:00:00.000001"),
        ("pos/3.json", "2999-01-01 00:00:00.000002"),
    ]
    assert warehouse.rows("select transaction_id, date_key from gold_sales_fact order by 1") == [
        ("A", 20260105),
        ("B", 20260105),
    ]
    assert len(warehouse.quarantine()) == 2
