"""Whatever exports of master data say, and whenever events come between them: gold is the same."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest

from tests.support.duckdb_warehouse import (
    ARRIVAL_COLUMNS,
    Event,
    Tables,
    click,
    differences,
    item,
    movement,
    order,
    sale,
)
from tests.support.lists import (
    SOUND,
    Company,
    Member,
    channel,
    companies_in,
    customer,
    location,
    next_export,
    product,
)
from tests.support.oracle.audit import disagreements
from tests.support.oracle.master_data import MasterData

BUILD_DAYS = ("2026-01-10", "2026-01-20", "2026-02-02")
LISTS = {
    "products": [product(n) for n in range(1, 7)],
    "locations": [
        *SOUND["locations"],
        location(3, state_province="ca", state_tax_rate="0.0725"),
        location(4, state_province="TX", timezone="America/Chicago"),
    ],
    "channels": [*SOUND["channels"], channel(6, "APP")],
    "customers": [customer(n) for n in range(1, 6)],
}
EVENTS = 60


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Company]]:
    with companies_in(tmp_path_factory.mktemp("companies")) as companies:
        yield companies


def exports(random: Random) -> list[dict[str, list[Member]]]:
    """Three exports, the first of them of nobody's hand."""
    told = [LISTS]
    for _ in BUILD_DAYS[1:]:
        told.append(next_export(told[-1], random))
    return told


def events(random: Random) -> list[Event]:
    """Events of all streams in all of January and a little around, of members and of others."""
    skus = [*(f"SKU_{n:06}" for n in range(1, 8)), "NEW_1", "NEW_2", "UNKNOWN"]
    places = [*(f"LOC_{n:03}" for n in range(1, 6)), "NEW_1", "NEW_3", None]
    customers = [*(f"CUST_{n:08}" for n in range(1, 7)), "NEW_1", "GUEST", None]
    channels = ["STORE_POS", "WEB_DESKTOP", "APP", "FAX", "NEW_2"]
    made = []
    for n in range(EVENTS):
        at = f"2026-01-{random.randint(1, 31):02}T{random.randint(0, 23):02}:30:00Z"
        by = {"at": at, "customer_id": random.choice(customers)}
        lines = [item(random.choice(skus), random.randint(1, 3), price=9.99) for _ in range(2)]
        state = {"state": random.choice(["NY", "ca", "TX", "CA", "OH", None])}
        place, sku = random.choice(places), random.choice(skus)
        made += [
            sale(f"S{n}", items=lines, store_id=place, channel_code=random.choice(channels), **by),
            order(f"O{n}", items=lines, shipping_address=state, **by),
            movement(f"M{n}", quantity=n, at=at, sku=sku, location_id=place),
            click(f"C{n}", "add_to_cart", session=f"SES-{n % 40}", cart={"items": 1}, **by),
        ]
    return made


def told_otherwise(company: Company, master: MasterData) -> list[object]:
    """Versions that a history has, and the lists did not tell; or the other way round."""
    found = []
    for name, history in master.histories.items():
        dated = ", ".join(f"coalesce(cast({column} as varchar), '')" for column in history.dated)
        rows = company.rows(
            f"select {history.id}, member_key, is_listed, valid_from, [{dated}]"
            f" from silver_{name}_history"
        )
        told = [
            (id_, member.key, member.is_listed, began, list(values.values()))
            for id_, member in history.members.items()
            for began, values in member.versions.items()
        ]
        found += [row for row in rows if row not in told] + [row for row in told if row not in rows]
    return found


@pytest.mark.parametrize("seed", range(1))
def test_gold_is_the_oracle_s_whenever_the_events_come_and_whatever_the_lists_say(
    companies: Iterator[Company], tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    told, come = exports(random), events(random)
    ways = {
        "all before the first": [0] * len(come),
        "all after the last": [len(told)] * len(come),
        "between them": [random.randint(0, len(told)) for _ in come],
    }
    gold: dict[str, Tables] = {}
    for way, builds in ways.items():
        company, master = next(companies), MasterData()
        company.export()
        master.take(company.project / "seeds", date(2026, 1, 1))
        for n, lists in enumerate([*told, told[-1]]):
            company.warehouse.land_by_stream(
                f"{n}.json",
                [event for event, build in zip(come, builds, strict=True) if build == n],
            )
            day = BUILD_DAYS[min(n, len(told) - 1)]
            company.build(day, **lists)
            master.take(company.project / "seeds", date.fromisoformat(day))
            assert told_otherwise(company, master) == []
        assert disagreements(company.warehouse, master=master) == []
        gold[way] = company.warehouse.tables(without=ARRIVAL_COLUMNS)

    first, *others = gold.values()
    assert [differences(first, other) for other in others] == [[], []]
    # The last company once more: no test fails, and a full refresh changes nothing.
    tested = company.warehouse.run(
        *("test", "--exclude-resource-type", "unit_test"),
        *("--select", "silver.master_data", "gold.dimensions", "gold.facts"),
        check=False,
    )
    assert [node for node, status in tested.nodes.items() if status in ("error", "fail")] == []
    company.build(BUILD_DAYS[-1], "--full-refresh", **told[-1])
    assert not differences(first, company.warehouse.tables(without=ARRIVAL_COLUMNS))
