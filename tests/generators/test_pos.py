from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import sqrt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from generators import master_data as md
from generators.baskets import QUANTITY_WEIGHTS, Baskets
from generators.pos import (
    DAILY_TRANSACTIONS,
    GUEST_SHARE,
    HOME_STORE_SHARE,
    MAX_RETURN_DAYS,
    PAYMENT_WEIGHTS,
    PEAK_TRAFFIC,
)
from generators.pos_json import make_files
from generators.streams import STREAMS
from generators.totals import count_events
from generators.world import World
from tests.support.generated_days import (
    BIG,
    CHECKED,
    PLAIN_DAY,
    SALE_DAY,
    SMALL,
    day_of,
    instant,
    read_day,
    read_frame,
)
from tests.support.tolerance import DEVIATIONS, assert_mean, assert_share

FIELDS = [
    "transaction_id",
    "store_id",
    "register_id",
    "timestamp",
    "customer_id",
    "customer_segment",
    "channel_code",
    "items",
    "payment_method",
    "associate_id",
    "transaction_type",
    "original_transaction_id",
]
ITEM_FIELDS = ["sku", "qty", "price", "discount", "discount_type", "qty_requested"]


def without(item: dict[str, Any], field: str) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((key, value) for key, value in item.items() if key != field))


# --- Every event obeys the contract ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "fixture"), [(PLAIN_DAY, "plain_events"), (SALE_DAY, "sale_events")]
)
def test_every_event_obeys_the_contract(
    day: date, fixture: str, request: pytest.FixtureRequest
) -> None:
    events = request.getfixturevalue(fixture)
    prefix = f"TXN-{day:%Y%m%d}-{CHECKED.tag}-"
    for event in events:
        assert list(event) == FIELDS
        assert event["transaction_id"].startswith(prefix)
        store = md.get_location_by_id(event["store_id"])
        assert 1 <= event["register_id"] <= 5
        local = instant(event).astimezone(ZoneInfo(store.timezone))
        assert local.date() == day
        assert 9 <= local.hour < 21
        if event["customer_id"] is None:
            assert event["customer_segment"] == "regular"
        else:
            assert event["customer_segment"] == md.get_customer_segment(event["customer_id"])
        assert event["channel_code"] == "STORE_POS"
        assert event["payment_method"] in PAYMENT_WEIGHTS
        assert event["transaction_type"] in ("sale", "return")
        assert (event["original_transaction_id"] is None) == (event["transaction_type"] == "sale")
        low, high = md.get_segment_basket_size(event["customer_segment"])
        least = low if event["transaction_type"] == "sale" else 1
        assert least <= len(event["items"]) <= high
    assert len({event["transaction_id"] for event in events}) == len(events)


@pytest.mark.parametrize("fixture", ["plain_events", "sale_events"])
def test_every_item_of_a_sale_obeys_the_contract(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    for event in request.getfixturevalue(fixture):
        if event["transaction_type"] == "return":
            continue
        day = day_of(event["transaction_id"])
        rule = md.get_segment_discount(event["customer_segment"], day)
        for item in event["items"]:
            assert list(item) == ITEM_FIELDS
            product = md.get_product_by_sku(item["sku"])
            price, discount = Decimal(str(item["price"])), Decimal(str(item["discount"]))
            assert product.is_active
            assert price == product.base_price
            assert 1 <= item["qty"] <= item["qty_requested"]
            if discount:
                lowest = (price * Decimal(str(round(rule.low, 4)))).quantize(
                    Decimal("0.01"), ROUND_FLOOR
                )
                highest = (price * Decimal(str(round(rule.high, 4)))).quantize(
                    Decimal("0.01"), ROUND_CEILING
                )
                assert lowest <= discount <= highest
                assert discount <= price / 2
            kind = md.get_pos_discount_type(float(discount / price), day)
            assert item["discount_type"] == kind


def test_files_are_the_lines_that_the_contract_asks_for() -> None:
    (file,) = make_files(SMALL, PLAIN_DAY)
    lines = file.content.split(b"\n")
    assert lines.pop() == b""
    assert len(lines) == file.events
    assert file.name == f"pos_20251015_{SMALL.tag}.json"
    assert file.content.isascii()
    for line in lines:
        assert line.startswith(b'{"transaction_id":')
        assert line.endswith((b":null}", b'"}'))


def test_amounts_are_numbers_with_two_decimals() -> None:
    (file,) = make_files(SMALL, PLAIN_DAY)
    for field in (b'"price":', b'"discount":'):
        for rest in file.content.split(field)[1:]:
            number = rest.split(b",")[0]
            assert number == f"{Decimal(number.decode()):.2f}".encode()


@pytest.mark.parametrize("stream", STREAMS)
def test_a_very_big_day_is_split_into_files_without_a_gap(
    stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole,) = STREAMS[stream](SMALL, PLAIN_DAY)
    most = whole.events // 2
    monkeypatch.setattr("generators.json_text.MAX_FILE_EVENTS", most)
    files = list(STREAMS[stream](SMALL, PLAIN_DAY))
    assert [file.name[-9:] for file in files][:2] == ["_001.json", "_002.json"]
    assert [file.events for file in files][:2] == [most, most]
    assert b"".join(file.content for file in files) == whole.content
    for file in files:
        assert file.totals == count_events(stream, file.content.splitlines())


@pytest.mark.parametrize("stream", STREAMS)
def test_events_are_in_the_order_of_their_time(stream: str) -> None:
    assert read_frame(BIG, PLAIN_DAY, stream)["timestamp"].is_sorted()


# --- Returns --------------------------------------------------------------------------------------


def test_returns_give_back_items_of_an_earlier_sale_once() -> None:
    days = [PLAIN_DAY + timedelta(days=offset) for offset in range(8)]
    returns = [
        event
        for day in days
        for event in read_day(SMALL, day)
        if event["transaction_type"] == "return"
    ]
    assert len(returns) > 100
    names = [event["original_transaction_id"] for event in returns]
    assert len(set(names)) == len(names)
    sales = {
        event["transaction_id"]: event
        for day in {day_of(name) for name in names}
        for event in read_day(SMALL, day)
    }
    for event in returns:
        sale = sales[event["original_transaction_id"]]
        assert sale["transaction_type"] == "sale"
        later = day_of(event["transaction_id"]) - day_of(sale["transaction_id"])
        assert 1 <= later.days <= MAX_RETURN_DAYS
        assert instant(event) > instant(sale)
        for field in ("store_id", "customer_id", "customer_segment", "payment_method"):
            assert event[field] == sale[field]
        back = Counter(without(item, "qty_requested") for item in event["items"])
        sold = Counter(without(item, "qty_requested") for item in sale["items"])
        assert back <= sold
        assert all(item["qty_requested"] == item["qty"] for item in event["items"])


def test_each_segment_returns_its_share_of_the_sales_evenly_over_two_weeks() -> None:
    world, day = World(5, 15.0), date(2025, 10, 1)
    sold = read_frame(world, day, "pos").filter(pl.col("transaction_type") == "sale")
    segments = dict(sold.select("transaction_id", "customer_segment").iter_rows())
    delays = {
        sale_id: delay
        for delay in range(1, MAX_RETURN_DAYS + 2)
        for sale_id in read_frame(world, day + timedelta(days=delay), "pos")[
            "original_transaction_id"
        ]
        if sale_id in segments
    }
    returned = Counter(segments[sale_id] for sale_id in delays)
    for segment, count in Counter(segments.values()).items():
        assert_share(returned[segment], count, md.get_segment_return_rate(segment))
    assert set(delays.values()) == set(range(1, MAX_RETURN_DAYS + 1))
    mean = sum(delays.values()) / len(delays)
    assert_mean(mean, (MAX_RETURN_DAYS + 1) / 2, (MAX_RETURN_DAYS**2 - 1) / 12, len(delays))


# --- Shares ---------------------------------------------------------------------------------------


def test_guests_are_three_in_ten(sales: pl.DataFrame) -> None:
    assert_share(sales["customer_id"].null_count(), len(sales), GUEST_SHARE)


def test_known_customers_are_mixed_as_the_segments_are(sales: pl.DataFrame) -> None:
    known = sales.drop_nulls("customer_id")
    for segment in md.SEGMENTS:
        count = int((known["customer_segment"] == segment.name).sum())
        assert_share(count, len(known), segment.customer_share)


@pytest.mark.parametrize("segment", md.SEGMENTS, ids=lambda segment: segment.name)
def test_wanted_baskets_are_even_between_their_bounds(
    shoppers: Baskets, segment: md.Segment
) -> None:
    sizes = shoppers.size[shoppers.segment == md.SEGMENTS.index(segment)]
    low, high = segment.basket_size
    assert set(sizes) == set(range(low, high + 1))
    variance = ((high - low + 1) ** 2 - 1) / 12
    assert_mean(float(sizes.mean()), (low + high) / 2, variance, len(sizes))


@pytest.mark.parametrize("segment", md.SEGMENTS, ids=lambda segment: segment.name)
def test_items_are_discounted_as_often_and_as_much_as_the_segment_asks(
    sale_lines: pl.DataFrame, segment: md.Segment
) -> None:
    lines = sale_lines.filter(pl.col("customer_segment") == segment.name)
    rule = md.get_segment_discount(segment.name, PLAIN_DAY)
    discounted = lines.filter(pl.col("discount") > 0)
    assert_share(len(discounted), len(lines), rule.probability)
    shares = discounted["discount"] / discounted["price"]
    spread = (rule.high - rule.low) ** 2 / 12
    # Whole cents move the middle of a range by less than one cent of the cheapest product.
    middle = (rule.low + rule.high) / 2
    allowed = DEVIATIONS * sqrt(spread / len(discounted)) + 0.01 / 29.99
    assert abs(float(shares.mean() or 0) - middle) <= allowed


def test_most_items_are_wanted_once(shoppers: Baskets) -> None:
    for quantity, weight in enumerate(QUANTITY_WEIGHTS, 1):
        count = int((shoppers.wanted == quantity).sum())
        assert_share(count, len(shoppers.wanted), weight / sum(QUANTITY_WEIGHTS))


def test_payment_methods_are_mixed_by_their_weights(sales: pl.DataFrame) -> None:
    for method, weight in PAYMENT_WEIGHTS.items():
        assert_share(int((sales["payment_method"] == method).sum()), len(sales), weight / 100)


def test_stores_sell_by_their_format(sales: pl.DataFrame) -> None:
    guests = sales.filter(pl.col("customer_id").is_null())
    for store in md.STORES:
        count = int((guests["store_id"] == store.location_id).sum())
        assert_share(count, len(guests), md.get_store_volume(store) / 100)


def test_known_customers_prefer_the_nearest_store(sales: pl.DataFrame) -> None:
    known = sales.drop_nulls("customer_id")
    customers = known["customer_id"].str.slice(5).cast(pl.Int64).to_numpy() - 1
    homes = md.get_home_stores(PLAIN_DAY)[customers]
    at_home = known["store_id"].str.slice(4).cast(pl.Int64).to_numpy() - 1 == homes
    volumes = np.array([md.get_store_volume(store) / 100 for store in md.STORES])
    by_chance = float(volumes[homes].mean())
    share = HOME_STORE_SHARE + (1 - HOME_STORE_SHARE) * by_chance
    assert_share(int(at_home.sum()), len(known), share)


def test_peak_hours_see_more_shoppers(transactions: pl.DataFrame) -> None:
    instants = transactions["timestamp"].str.to_datetime(time_zone="UTC")
    zones = transactions["store_id"].replace_strict(
        {store.location_id: store.timezone for store in md.STORES}
    )
    hours: Counter[int] = Counter()
    for zone in zones.unique():
        hours.update(instants.filter(zones == zone).dt.convert_time_zone(zone).dt.hour().to_list())
    whole = sum(PEAK_TRAFFIC if hour in md.PEAK_HOURS else 1.0 for hour in range(9, 21))
    for hour in range(9, 21):
        weight = PEAK_TRAFFIC if hour in md.PEAK_HOURS else 1.0
        assert_share(hours[hour], len(transactions), weight / whole)


def test_associates_work_at_one_store_each(transactions: pl.DataFrame) -> None:
    stores = transactions.group_by("associate_id").agg(pl.col("store_id").n_unique())
    assert stores["store_id"].unique().to_list() == [1]
    assert len(stores) == sum(map(md.get_store_associates, md.STORES))


def test_few_products_make_many_of_the_sales(sale_lines: pl.DataFrame) -> None:
    counts = sale_lines["sku"].value_counts()["count"].sort(descending=True)
    assert counts.head(45).sum() / counts.sum() > 0.35
    assert len(counts) == len(md.ACTIVE_PRODUCTS)


@pytest.mark.parametrize(
    "day", [date(2026, 1, 20), date(2026, 1, 24), date(2025, 4, 16), date(2025, 12, 20)]
)
def test_volume_follows_month_and_weekend(day: date) -> None:
    world = World(7, 20.0)
    events = read_frame(world, day, "pos")
    expected = DAILY_TRANSACTIONS * world.scale * md.get_volume_factor(day)
    returns = int((events["transaction_type"] == "return").sum())
    # The number of shoppers leaves room for the returns expected from the volume of the weeks
    # before, and for those who find too little, both good to 2 % together.
    assert abs(len(events) - expected) <= 0.02 * expected + DEVIATIONS * sqrt(returns)


def test_a_fraction_of_a_sale_is_the_chance_of_one() -> None:
    world = World(1, 0.001)
    days = [date(2025, 10, 1) + timedelta(days=offset) for offset in range(100)]
    files = {day: list(make_files(world, day)) for day in days}
    events = sum(file.events for day in days for file in files[day])
    expected = sum(0.5 * md.get_volume_factor(day) for day in days)
    assert abs(events - expected) <= DEVIATIONS * sqrt(expected)
    assert [] in files.values()


@pytest.mark.parametrize(
    ("day", "opening"),
    [
        (date(2026, 3, 7), 14),
        (date(2026, 3, 8), 13),
        (date(2025, 11, 1), 13),
        (date(2025, 11, 2), 14),
    ],
)
def test_opening_hours_follow_daylight_saving_time(day: date, opening: int) -> None:
    events = read_day(World(7, 2.0), day)
    first = next(event for event in events if event["store_id"] == "LOC_001")
    assert instant(first).hour == opening
