"""What was rejected is resolved as soon as a valid delivery of the same event has come."""

import random
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from tests.support.duckdb_warehouse import (
    CLOCK_COLUMNS,
    STREAMS,
    Event,
    Row,
    Warehouse,
    differences,
    item,
    sale,
)

NEVER = "never"

Loaded: TypeAlias = list[Warehouse]


def quarantined(warehouse: Warehouse, condition: str = "true") -> list[Row]:
    """Source, event, line, first reason and the file that repaired it, of each rejected row."""
    return warehouse.rows(
        f"""
        select source, event_id, line_number, failed_expectations[1], resolved_by
        from silver_quarantined_events where {condition} order by all
        """
    )


def of_each_stream(id_: str, **fields: Any) -> list[Event]:
    return [stream.make(id_, **fields) for stream in STREAMS.values()]


LOADS: list[list[Event]] = [
    [
        *of_each_stream("MENDED", at=NEVER),
        sale("MENDED", items=[]),
        sale("OPEN", items=[]),
        *of_each_stream("THERE", at="2026-01-07T10:00:00Z"),
        sale("SOLD", at=NEVER),
        STREAMS["ecommerce"].make("SOLD", at="2026-01-08T10:00:00Z"),
        sale("CORRECTED", at="2026-01-09T10:00:00Z", items=[item(), item(qty=0)]),
    ],
    [
        *of_each_stream("MENDED"),
        *of_each_stream("THERE", at=NEVER),
        STREAMS["inventory"].make("SOLD", at="2026-01-08T10:00:00Z"),
        sale("CORRECTED", at="2026-01-09T10:00:01Z", items=[item(), item(qty=2)]),
    ],
    of_each_stream("MENDED"),
]
"""What comes load by load. Each id has a day of its own: no other makes a load look at it."""


@pytest.fixture(scope="module")
def loaded(prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """The warehouse after each of the loads; only to be read."""
    folder = tmp_path_factory.mktemp("loaded")
    warehouse = prepared_warehouse
    after: list[Warehouse] = []
    for number, events in enumerate(LOADS, start=1):
        warehouse = warehouse.copy(folder / str(number))
        warehouse.land_by_stream(f"{number}.json", events)
        if number == 1:
            warehouse.land("rubbish.json", ["rubbish"])
        warehouse.load()
        after.append(warehouse)
    return after


def test_a_repaired_event_flows_in_once_and_resolves_what_was_rejected_of_it(
    loaded: Loaded,
) -> None:
    first, _, warehouse = loaded
    assert {resolved_by for *_, resolved_by in quarantined(first)} == {None}
    assert quarantined(warehouse, "event_id = 'MENDED'") == sorted(
        [
            *((s, "MENDED", None, "valid_timestamp", f"{s}/2.json") for s in STREAMS),
            ("pos", "MENDED", None, "has_items", "pos/2.json"),
        ]
    )
    assert quarantined(warehouse, "coalesce(event_id, 'OPEN') = 'OPEN'") == [
        ("pos", "OPEN", None, "has_items", None),
        ("pos", None, None, "parsable", None),
    ]
    for stream in STREAMS.values():
        assert warehouse.rows(
            f"select count(*) from {stream.fact} where {stream.fact_id} = 'MENDED'"
        ) == [(1,)]
        assert warehouse.rows(
            f"""
            select count(*) from silver_quarantined_events as rejected, {stream.bronze} as mended
            where rejected.source = '{stream.source}'
                and rejected.event_id = mended.{stream.id}
                and rejected.event_id = 'MENDED'
                and resolved_at = mended._ingested_at
                and resolved_by = mended._source_file
            """
        ) == [(2 if stream.source == "pos" else 1,)]


def test_an_event_that_is_there_already_resolves_what_is_rejected_of_it_later(
    loaded: Loaded,
) -> None:
    for warehouse in loaded[1:]:
        assert quarantined(warehouse, "event_id = 'THERE'") == sorted(
            (source, "THERE", None, "valid_timestamp", f"{source}/1.json") for source in STREAMS
        )
        assert warehouse.rows(
            "select count(*) from silver_quarantined_events"
            " where event_id = 'THERE' and resolved_at < _ingested_at"
        ) == [(len(STREAMS),)]


def test_an_event_of_another_stream_with_the_same_id_resolves_nothing(loaded: Loaded) -> None:
    for warehouse in loaded:
        assert quarantined(warehouse, "event_id = 'SOLD'") == [
            ("pos", "SOLD", None, "valid_timestamp", None)
        ]


def test_a_rejected_line_item_leaves_with_its_version_and_neither_is_ever_resolved(
    loaded: Loaded,
) -> None:
    first, *later = loaded
    assert quarantined(first, "event_id = 'CORRECTED'") == [
        ("pos", "CORRECTED", 2, "valid_quantity", None)
    ]
    for warehouse in later:
        assert quarantined(warehouse, "event_id = 'CORRECTED'") == [
            ("pos", "CORRECTED", None, "conflicting_duplicate", None)
        ]
        assert warehouse.rows(
            "select sum(quantity_sold) from gold_sales_fact where transaction_id = 'CORRECTED'"
        ) == [(3,)]


def test_what_is_resolved_depends_neither_on_order_nor_on_batches_nor_on_a_full_refresh(
    new_warehouse: Callable[[], Warehouse],
) -> None:
    rng = random.Random(5)
    deliveries = [
        (stream, stream.make(id_, at=at))
        for stream in STREAMS.values()
        for id_ in "ABCDEF"
        for at in rng.sample([NEVER, NEVER, None, "2026-01-05T10:00:00Z", "2026-01-06"], k=3)
    ]

    def resolved(warehouse: Warehouse) -> list[Row]:
        return warehouse.rows(
            """
            select source, event_id, raw_content, resolved_at is null, count(*)
            from silver_quarantined_events group by all order by all
            """
        )

    outcomes = []
    for batches in (1, 3):
        warehouse = new_warehouse()
        rng.shuffle(deliveries)
        for batch in range(batches):
            for number, (stream, event) in enumerate(deliveries[batch::batches]):
                warehouse.land(f"{batch}_{number}.json", [event], stream.source)
            warehouse.load()
        outcomes.append(resolved(warehouse))
    assert {is_open for _, _, _, is_open, _ in outcomes[0]} == {True, False}
    assert outcomes[1] == outcomes[0]

    before = warehouse.tables(without=CLOCK_COLUMNS - {"_ingested_at"})
    warehouse.run("run", "--full-refresh", "--select", "silver_quarantined_events")
    assert not differences(before, warehouse.tables(without=CLOCK_COLUMNS - {"_ingested_at"}))


def test_reading_everything_again_leaves_each_rejected_row_once(warehouse: Warehouse) -> None:
    warehouse.land("1.json", [sale("A", at=NEVER), sale("B", at=NEVER)])
    warehouse.load()
    warehouse.land("2.json", [sale("A")])
    warehouse.load()
    for again in ("bronze_pos_transactions", "silver_pos_deliveries"):
        warehouse.run("run", "--full-refresh", "--select", again)
        warehouse.load()
        assert quarantined(warehouse) == [
            ("pos", "A", None, "valid_timestamp", "pos/2.json"),
            ("pos", "B", None, "valid_timestamp", None),
        ]
