"""The same world, however it is made."""

import re
import subprocess
import sys
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators import simulation
from generators.inventory_json import make_opening_file
from generators.master_data import get_volume_factor
from generators.simulation import forget
from generators.streams import STREAMS
from generators.world import MAX_SCALE, World
from tests.support.generated_days import PLAIN_DAY, SMALL, WEEK, read_content, read_day

Contents = dict[str, bytes]


def make_day(world: World, day: date) -> Contents:
    contents = {stream: read_content(world, day, stream) for stream in STREAMS}
    return contents | {"opening": make_opening_file(world, day).content}


def test_a_day_made_alone_is_the_same_to_the_byte_as_within_a_range() -> None:
    world = World(23, 0.3)
    # A month and a year begin, weeks end.
    days = [date(2025, 12, 27) + timedelta(days=offset) for offset in range(10)]
    forget()
    together = {day: make_day(world, day) for day in days}
    for day in reversed(days):
        forget()
        assert make_day(world, day) == together[day]


def test_a_week_has_the_volume_of_the_contract() -> None:
    world = World(4, 10.0)
    days = [date(2025, 10, 13) + timedelta(days=offset) for offset in range(7)]
    volume = world.scale * sum(get_volume_factor(day) for day in days)
    for stream, base in (("pos", 500), ("ecommerce", 200), ("clickstream", 5_000)):
        events = sum(file.events for day in days for file in STREAMS[stream](world, day))
        assert events == pytest.approx(base * volume, rel=0.03)


def test_streams_are_the_same_made_one_after_the_other() -> None:
    forget()
    together = [make_day(SMALL, day) for day in WEEK[:3]]
    for stream in reversed(STREAMS):
        forget()
        assert [read_content(SMALL, day, stream) for day in WEEK[:3]] == [
            contents[stream] for contents in together
        ]


def test_going_through_days_in_their_order_simulates_each_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulated: list[date] = []
    draw_shoppers = simulation.draw_shoppers

    def count(world: World, day: date) -> object:
        simulated.append(day)
        return draw_shoppers(world, day)

    monkeypatch.setattr(simulation, "draw_shoppers", count)
    forget()
    make_day(SMALL, PLAIN_DAY)
    before = set(simulated)
    assert len(simulated) == len(before) <= 21
    simulated.clear()
    days = [PLAIN_DAY + timedelta(days=offset) for offset in range(1, 16)]
    for day in days:
        make_day(SMALL, day)
    assert simulated == days


@settings(max_examples=8, deadline=None)
@given(
    st.integers(0, 2**63 - 1),
    st.floats(0.001, 1.0),
    st.dates(date(2000, 1, 1), date(2050, 12, 31)),
)
def test_any_world_and_day_can_be_made_and_made_again(seed: int, scale: float, day: date) -> None:
    world = World(seed, scale)
    first = make_day(world, day)
    forget()
    assert make_day(World(seed, scale), day) == first
    for stream in STREAMS:
        times = [event["timestamp"] for event in read_day(world, day, stream)]
        assert all(before <= after for before, after in pairwise(times))


def test_a_day_is_the_same_in_another_process_with_another_hash_seed() -> None:
    script = (
        "import hashlib, datetime; from generators.streams import STREAMS;"
        "from generators.world import World;"
        "print(hashlib.sha256(b''.join(f.name.encode() + f.content for make in STREAMS.values() "
        "for f in make(World(11, 0.1), datetime.date(2025, 10, 15)))).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": hash_seed, "POLARS_MAX_THREADS": "1", "TZ": zone},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(digests) == 1


def test_another_seed_or_scale_shares_no_id() -> None:
    ids = [
        set(re.findall(rb"(?:TXN|ORD|SES|EVT|INV|TFR|PO)-[^\"]+", b"".join(contents.values())))
        for world in (SMALL, World(SMALL.seed + 1, SMALL.scale), World(SMALL.seed, 0.5))
        for contents in [make_day(world, PLAIN_DAY)]
    ]
    assert all(len(found) > 1000 for found in ids)
    assert len(set.union(*ids)) == sum(map(len, ids))


def test_worlds_never_share_a_name() -> None:
    tags = {World(seed, scale).tag for seed in range(300) for scale in (0.5, 1.0, 100.0)}
    assert len(tags) == 900


def test_nothing_looks_at_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(12, 0.1)
    before = make_day(world, PLAIN_DAY)

    def forbidden(*_: object) -> float:
        raise AssertionError("the clock was read")

    class NoClockDate(date):
        today = classmethod(forbidden)

    class NoClockDatetime(datetime):
        now = utcnow = today = classmethod(forbidden)

    import time

    forget()
    for name in ("time", "time_ns", "localtime", "gmtime"):
        monkeypatch.setattr(time, name, forbidden)
    for module in ("baskets", "business_day", "customers", "json_text", "pos", "retail_calendar"):
        monkeypatch.setattr(f"generators.{module}.date", NoClockDate)
    monkeypatch.setattr("generators.business_day.datetime", NoClockDatetime)
    assert make_day(world, PLAIN_DAY) == before


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf"), MAX_SCALE * 2])
def test_a_scale_that_makes_no_sense_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match=r"scale .* is out of bounds"):
        World(1, scale)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_bounds_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match=r"seed .* is out of bounds"):
        World(seed)
