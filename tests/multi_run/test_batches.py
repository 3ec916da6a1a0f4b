"""Several builds, with files added in between, against one build of all files."""

import json
from pathlib import Path

import pytest

from tests.duckdb_warehouse import Event, Tables, Warehouse, differences, item, sale

NEVER_TAKEN_IN: list[Event | str] = [
    '{"transaction_id": "TORN", "ite',
    sale("", items=[item()]),
    sale("NO-TIME", at="yesterday"),
    sale("NO-ITEMS", items=[]),
]


def days_of_files() -> list[tuple[str, list[Event | str]]]:
    """Four files with something of everything: conflicts, late days, bad lines and line items."""
    broken = item(qty=0, price=-1)
    return [
        (
            "2026-01-05.json",
            [
                sale("A", items=[item(), item("SKU_000002", qty=3, discount=1.5), broken]),
                sale("B", at="2026-01-05T11:00:00Z"),
                sale("C", items=[broken]),
                sale("D", at="2026-01-05T23:59:59.999Z", customer_id=None),
                *NEVER_TAKEN_IN,
            ],
        ),
        (
            "2026-01-06.json",
            [
                sale("B", at="2026-01-06T11:00:00Z", items=[item(qty=2)]),  # wins
                sale("A", at="2026-01-04T10:00:00Z"),  # loses
                sale("E", at="2026-01-06T09:00:00Z", store_id="LOC_099", unknown_field={"a": [1]}),
                NEVER_TAKEN_IN[0],
            ],
        ),
        (
            "2026-01-07.json",
            [
                sale("B", at="2026-01-07T11:00:00Z", items=[item(qty=0)]),  # wins with nothing
                sale("C", at="2026-01-07T08:00:00Z"),  # wins
                sale("F", at="2020-03-01T12:00:00Z", transaction_type="return"),
                sale("G", at="1999-12-31T12:00:00Z"),  # outside the date dimension
            ],
        ),
        ("2026-01-08.json", [sale("D", at="2026-01-05T23:59:59.999Z", customer_id=None)]),
    ]


@pytest.fixture(scope="module")
def built_once_and_file_by_file(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Warehouse, Warehouse]:
    """Two warehouses with the same files; only to be read or copied."""
    folder = tmp_path_factory.mktemp("built")
    at_once = prepared_warehouse.copy(folder / "at_once")
    file_by_file = prepared_warehouse.copy(folder / "file_by_file")
    for name, events in days_of_files():
        at_once.land(name, events)
        file_by_file.land(name, events)
        file_by_file.load()
    at_once.load()
    return at_once, file_by_file


@pytest.fixture
def built_at_once(
    built_once_and_file_by_file: tuple[Warehouse, Warehouse], tmp_path: Path
) -> Warehouse:
    return built_once_and_file_by_file[0].copy(tmp_path / "built_at_once")


@pytest.fixture
def built_file_by_file(
    built_once_and_file_by_file: tuple[Warehouse, Warehouse], tmp_path: Path
) -> Warehouse:
    return built_once_and_file_by_file[1].copy(tmp_path / "built_file_by_file")


ONE_MORE_FILE = (
    "2026-01-09.json",
    [sale("B", at="2026-01-09T11:00:00Z"), sale("D", at="2026-01-01T10:00:00Z"), "{"],
)


@pytest.fixture(scope="module")
def tables_with_one_more_file(
    built_once_and_file_by_file: tuple[Warehouse, Warehouse],
    tmp_path_factory: pytest.TempPathFactory,
) -> Tables:
    folder = tmp_path_factory.mktemp("with_one_more_file")
    warehouse = built_once_and_file_by_file[1].copy(folder / "warehouse")
    warehouse.land(*ONE_MORE_FILE)
    warehouse.load()
    return warehouse.tables()


def test_builds_between_files_give_what_one_build_of_all_files_gives(
    built_at_once: Warehouse, built_file_by_file: Warehouse
) -> None:
    assert not differences(built_at_once.tables(), built_file_by_file.tables())
    tables = built_at_once.tables()
    assert sum(tables["gold_sales_fact"].values()) == 7
    assert sum(tables["silver_quarantined_events"].values()) == 11


def test_a_build_without_new_files_changes_nothing(built_at_once: Warehouse) -> None:
    everything = built_at_once.tables(without=())
    marks = built_at_once.rows("select * from load_marks order by all")
    built_at_once.load()
    assert not differences(everything, built_at_once.tables(without=()))
    assert built_at_once.rows("select * from load_marks order by all") == marks


def test_a_load_looks_only_at_what_is_new_and_at_its_days(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A"), sale("B", at="2026-01-06T10:00:00Z")])
    warehouse.load()
    warehouse.land("2.json", [sale("C", at="2026-01-07T10:00:00Z")])
    run = warehouse.load()
    assert warehouse.rows(
        """
        select model_name, touched_days, previous_mark = (
            select max(previous.mark) from load_marks as previous
            where previous.model_name = load.model_name
            and previous.input_name = load.input_name and previous.mark < load.mark
        )
        from load_marks as load
        where previous_mark is not null and model_name in ('silver_pos_events', 'gold_sales_fact')
        order by all
        """
    ) == [
        ("gold_sales_fact", "date_key in (20260107)", True),
        ("silver_pos_events", "date_key in (20260107)", True),
    ]
    (merge,) = (text for text in run.statements if 'merge into "retail"."main"."gold_sales' in text)
    assert "held.date_key in (20260107)" in merge


def test_the_same_files_under_other_names_change_nothing_but_the_unusable_lines_they_repeat(
    built_at_once: Warehouse,
) -> None:
    before = built_at_once.tables(without=())
    for name, events in days_of_files():
        built_at_once.land(f"again-{name}.gz", events)
    built_at_once.load()
    after = built_at_once.tables(without=())
    # An event that is dropped whole is no event that could come twice: each delivery is a row.
    added = after.pop("silver_quarantined_events") - before.pop("silver_quarantined_events")
    assert sum(added.values()) == len(NEVER_TAKEN_IN) + 1
    after.pop("silver_pos_typed"), before.pop("silver_pos_typed")  # a view of the deliveries
    assert not differences(before, after)


REDELIVERIES: dict[str, Event] = {
    "UNKNOWN-FIELD": {"new_field": [{"x": None}]},
    "NUMBER-AS-TEXT": {"register_id": "1"},
    "AMOUNTS-AS-TEXT": {"items": [item(qty="1", price="10.00", discount="0")]},
    "OTHER-TIME-ZONE": {"timestamp": "2026-01-05 11:00:00.000+01:00"},
    "BLANKS-AROUND-TEXT": {"transaction_id": " BLANKS-AROUND-TEXT ", "payment_method": " cash"},
    "NULLS": {"promo": None, "original_transaction_id": None},
    "EMPTY-TEXT": {"original_transaction_id": "", "transaction_type": "  "},
    "DEFAULTS-SPELT-OUT": {"transaction_type": "sale", "items": [item(qty_requested=1)]},
}


def test_an_event_delivered_twice_counts_once_however_it_is_written(warehouse: Warehouse) -> None:
    first = {name: sale(name) for name in [*REDELIVERIES, "KEY-ORDER", "NO-CHANNEL", "BLANKS"]}
    again: list[Event | str] = [first[name] | change for name, change in REDELIVERIES.items()]
    again.append(dict(reversed(first["KEY-ORDER"].items())))
    again.append({k: v for k, v in first["NO-CHANNEL"].items() if k != "channel_code"})
    again.append(json.dumps(first["BLANKS"], indent=1).replace("\n", " "))

    warehouse.land("1.json", first.values())
    warehouse.load()
    before = warehouse.tables(without=())
    warehouse.land("2.json", again)
    warehouse.load()
    after = warehouse.tables(without=())
    assert sum(after["gold_sales_fact"].values()) == len(first) == len(again)
    after.pop("silver_pos_typed"), before.pop("silver_pos_typed")  # a view of the deliveries
    assert not differences(before, after)


def test_redeliveries_in_one_file_count_once(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A"), sale("B"), sale("A", register_id="1"), sale("A")])
    warehouse.load()
    assert warehouse.rows("select transaction_id from gold_sales_fact order by 1") == [
        ("A",),
        ("B",),
    ]
    assert warehouse.quarantine() == []


def test_a_change_in_any_field_of_the_contract_is_another_event(warehouse: Warehouse) -> None:
    changes: list[Event] = [
        {"store_id": "LOC_002"},
        {"register_id": 2},
        {"timestamp": "2026-01-05T10:00:00.000001Z"},
        {"customer_id": None},
        {"customer_segment": "vip"},
        {"channel_code": "STORE_KIOSK"},
        {"payment_method": "gift_card"},
        {"associate_id": "SA-002"},
        {"transaction_type": "return"},
        {"original_transaction_id": "Z"},
        {"items": [item(sku="SKU_000002")]},
        {"items": [item(qty=2)]},
        {"items": [item(price=10.01)]},
        {"items": [item(discount=0.01)]},
        {"items": [item(discount_type="sale")]},
        {"items": [item(qty_requested=2)]},
        {"items": [item(), item()]},
        {"items": [item(), None]},
    ]
    for number, change in enumerate(changes):
        warehouse.land(f"{number}.json", [sale(f"T{number}"), sale(f"T{number}") | change])
    warehouse.load()
    assert warehouse.rows(
        "select count(*) from silver_quarantined_events"
        " where failed_expectations = ['conflicting_duplicate']"
    ) == [(len(changes),)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "selection",
    [
        pytest.param([], id="of everything that depends on events"),
        pytest.param(["bronze"], id="of bronze, then a build of the rest"),
        pytest.param(["silver_pos_events+"], id="of a silver model and its children"),
        pytest.param(["silver_transactions_unified+"], id="of line items and their children"),
        pytest.param(["gold_sales_fact"], id="of a fact"),
        pytest.param(["silver_quarantined_events"], id="of the quarantine"),
    ],
)
def test_a_full_refresh_gives_the_same_tables_and_loads_go_on_from_there(
    built_file_by_file: Warehouse, tables_with_one_more_file: Tables, selection: list[str]
) -> None:
    before = built_file_by_file.tables()
    if selection:
        built_file_by_file.run("run", "--full-refresh", "--select", *selection)
    else:
        built_file_by_file.load("--full-refresh")
    if selection != ["bronze"]:
        assert not differences(before, built_file_by_file.tables())
    built_file_by_file.land(*ONE_MORE_FILE)
    built_file_by_file.load()
    assert not differences(tables_with_one_more_file, built_file_by_file.tables())
