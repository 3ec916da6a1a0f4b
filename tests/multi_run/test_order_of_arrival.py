"""The tables depend on what has arrived, never on the order and the batches it came in."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.duckdb_warehouse import ARRIVAL_COLUMNS, Event, Warehouse, differences, item, sale

IDS = 6
EVENTS = 60
DAYS = ["2026-01-05", "2026-01-06", "2026-02-01", "2020-02-29", "2051-01-01"]
UNUSABLE_LINES: list[Event | str] = [
    '{"transaction_id": "T1", "items": [}',
    sale("T1", at="2026-13-01T00:00:00Z"),
    sale("T2", items=[]),
    sale(""),
    "[]",
]


def random_item(rng: random.Random) -> Any:
    if rng.random() < 0.1:
        return None
    return item(
        rng.choice(["SKU_000001", "SKU_000002", "SKU_999999", ""]),
        qty=rng.choice([1, 2, 3, 0, "x"]),
        price=rng.choice([10, 19.99, -1]),
        discount=rng.choice([0, 0.5]),
    )


def random_event(rng: random.Random) -> Event:
    """One of few versions of one of few transactions, at few instants: conflicts, ties."""
    return sale(
        f"T{rng.randrange(IDS)}",
        at=f"{rng.choice(DAYS)}T{rng.choice(['09', '21'])}:00:00Z",
        items=[random_item(rng) for _ in range(rng.randint(1, 3))],
        store_id=rng.choice(["LOC_001", "LOC_002", "LOC_099"]),
        customer_id=rng.choice(["CUST_00000001", None]),
        transaction_type=rng.choice(["sale", "return"]),
    )


def deliver(rng: random.Random, event: Event) -> str:
    """An event as a line: the same event need not be the same text."""
    changes = [{}, {"register_id": "1"}, {"unknown": rng.random()}, {"promo_code": None}]
    fields = list((event | rng.choice(changes)).items())
    rng.shuffle(fields)
    return json.dumps(dict(fields))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_batches_in_any_order_give_what_all_at_once_gives(
    new_warehouse: Callable[[], Warehouse], seed: int
) -> None:
    rng = random.Random(seed)
    events = [random_event(rng) for _ in range(EVENTS)]
    lines = [deliver(rng, event) for event in events + rng.choices(events, k=EVENTS // 3)]
    lines += [line if isinstance(line, str) else json.dumps(line) for line in UNUSABLE_LINES * 2]

    at_once = new_warehouse()
    at_once.land("all.json", lines)
    at_once.load()
    expected = at_once.tables(without=ARRIVAL_COLUMNS)
    assert min(sum(rows.values()) for rows in expected.values()) > 0

    rng.shuffle(lines)
    cuts = sorted(rng.sample(range(1, len(lines)), k=5))
    in_batches = new_warehouse()
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(lines)], strict=True)):
        in_batches.land(f"{rng.random()}.json", lines[start:end])
        if number % 2:  # so two files come in one batch
            in_batches.load()
    assert not differences(expected, in_batches.tables(without=ARRIVAL_COLUMNS))
