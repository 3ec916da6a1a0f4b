"""Orders, and how they go together with the sessions that place them."""

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from generators import master_data as md
from generators.orders import (
    DAILY_ORDERS,
    MARKETPLACE_SHARE,
    ORDER_CHANNELS,
    ORDER_PAYMENT_WEIGHTS,
    PROMO_SHARE,
    SHIPPING_WEIGHTS,
)
from generators.world import World
from tests.support.generated_days import (
    BIG,
    CHECKED,
    PLAIN_DAY,
    SALE_DAY,
    DayEvents,
    Event,
    business_day,
    instant,
    read_frame,
)
from tests.support.tolerance import assert_share

FIELDS = [
    "order_id",
    "channel",
    "timestamp",
    "customer_id",
    "customer_segment",
    "shipping_address",
    "shipping_method",
    "items",
    "payment_method",
    "promo_code",
    "session_id",
]
ITEM_FIELDS = ["sku", "qty", "price", "discount", "discount_type", "qty_requested"]


@pytest.fixture(scope="module")
def orders() -> pl.DataFrame:
    return read_frame(BIG, PLAIN_DAY, "ecommerce")


@pytest.mark.parametrize(
    ("day", "fixture"), [(PLAIN_DAY, "plain_orders"), (SALE_DAY, "sale_orders")]
)
def test_every_order_obeys_the_contract(
    day: date, fixture: str, request: pytest.FixtureRequest
) -> None:
    orders = request.getfixturevalue(fixture)
    cities = {city.name: city for city in md.CITIES}
    homes = md.get_home_cities(day)
    for event in orders:
        assert list(event) == FIELDS
        assert event["order_id"].startswith(f"ORD-{day:%Y%m%d}-{CHECKED.tag}-")
        assert event["channel"] in ORDER_CHANNELS
        assert md.get_channel_by_code(event["channel"]).channel_type == "online"
        assert business_day(event) == day
        segment = md.get_customer_segment(event["customer_id"])
        assert event["customer_segment"] == segment
        low, high = md.get_segment_basket_size(segment)
        assert low <= len(event["items"]) <= high
        home = md.CITIES[homes[md.CUSTOMER_IDS.index(event["customer_id"])]]
        address = event["shipping_address"]
        assert list(address) == ["city", "state", "zip"]
        assert address["city"] == home.name
        assert (address["state"], address["zip"]) == (
            cities[home.name].state,
            cities[home.name].postal_code,
        )
        assert event["shipping_method"] in SHIPPING_WEIGHTS
        assert event["payment_method"] in ORDER_PAYMENT_WEIGHTS
        assert event["promo_code"] in (None, *md.get_segment(segment).promo_codes)
        is_foreign = event["channel"] == md.MARKETPLACE_CHANNEL
        assert (event["session_id"] is None) == is_foreign
    assert len({event["order_id"] for event in orders}) == len(orders)


@pytest.mark.parametrize(
    ("day", "fixture"), [(PLAIN_DAY, "plain_orders"), (SALE_DAY, "sale_orders")]
)
def test_every_item_obeys_the_contract(
    day: date, fixture: str, request: pytest.FixtureRequest
) -> None:
    types = Counter[str]()
    for event in request.getfixturevalue(fixture):
        rule = md.get_segment_discount(event["customer_segment"], day)
        for item in event["items"]:
            assert list(item) == ITEM_FIELDS
            price, discount = Decimal(str(item["price"])), Decimal(str(item["discount"]))
            assert price == md.get_product_by_sku(item["sku"]).base_price
            assert 1 <= item["qty"] <= item["qty_requested"] <= 3
            if discount:
                cent = Decimal("0.01")
                assert price * Decimal(str(round(rule.low, 4))) - cent < discount
                assert discount < price * Decimal(str(round(rule.high, 4))) + cent
            assert item["discount_type"] == md.get_order_discount_type(float(discount / price), day)
            types[item["discount_type"]] += 1
    assert types.keys() == ({"none", "sale"} if day == SALE_DAY else {"none", "promo", "clearance"})


@pytest.mark.parametrize("segment", md.SEGMENTS, ids=lambda segment: segment.name)
def test_items_are_discounted_as_often_as_the_segment_asks(
    orders: pl.DataFrame, segment: md.Segment
) -> None:
    lines = orders.filter(pl.col("customer_segment") == segment.name)["items"].explode()
    discounted = int((lines.struct.field("discount") > 0).sum())
    assert_share(discounted, len(lines), segment.discount_probability)


def test_half_of_the_orders_have_a_promo_code(orders: pl.DataFrame) -> None:
    for segment in md.SEGMENTS:
        codes = orders.filter(pl.col("customer_segment") == segment.name)["promo_code"]
        assert_share(int(codes.is_not_null().sum()), len(codes), PROMO_SHARE)
        for code in segment.promo_codes:
            share = PROMO_SHARE / len(segment.promo_codes)
            assert_share(int((codes == code).sum()), len(codes), share)


@pytest.mark.parametrize(
    ("column", "weights"),
    [("shipping_method", SHIPPING_WEIGHTS), ("payment_method", ORDER_PAYMENT_WEIGHTS)],
)
def test_choices_are_mixed_by_their_weights(
    orders: pl.DataFrame, column: str, weights: dict[str, int]
) -> None:
    for choice, weight in weights.items():
        count = int((orders[column] == choice).sum())
        assert_share(count, len(orders), weight / sum(weights.values()))


def test_marketplace_customers_are_mixed_as_the_segments_are(orders: pl.DataFrame) -> None:
    foreign = orders.filter(pl.col("session_id").is_null())["customer_segment"]
    for segment in md.SEGMENTS:
        assert_share(int((foreign == segment.name).sum()), len(foreign), segment.customer_share)


@pytest.mark.parametrize("day", [PLAIN_DAY, date(2026, 1, 20), date(2025, 12, 20)])
def test_volume_follows_month_and_weekend(day: date) -> None:
    world = World(7, 20.0)
    orders = read_frame(world, day, "ecommerce")
    expected = DAILY_ORDERS * world.scale * md.get_volume_factor(day)
    # Sessions check out as they come, and carts of weekdays are recovered at weekends.
    assert len(orders) == pytest.approx(expected, rel=0.1)
    foreign = int(orders["session_id"].null_count())
    assert foreign == pytest.approx(MARKETPLACE_SHARE * expected, rel=0.03)


def test_an_order_is_the_checkout_of_its_session_and_its_cart_at_the_begin(
    week: list[DayEvents],
) -> None:
    for events in week:
        sessions: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events.clickstream:
            sessions[event["session_id"]].append(event)
        placed = {event["order_id"]: event for event in events.ecommerce}
        completed = [
            event for event in events.clickstream if event["event_type"] == "complete_checkout"
        ]
        assert {event["order_id"] for event in completed} == {
            order["order_id"] for order in events.ecommerce if order["session_id"]
        }
        for complete in completed:
            order = placed[complete["order_id"]]
            for field in ("session_id", "timestamp", "channel", "customer_id", "customer_segment"):
                assert order[field] == complete[field]
            session = sessions[order["session_id"]]
            assert session[-1] is complete
            begin = [event for event in session if event["event_type"] == "begin_checkout"][-1]
            assert begin["customer_id"] == order["customer_id"]
            assert instant(begin) < instant(complete)
            value = sum(item["qty"] * Decimal(str(item["price"])) for item in order["items"])
            assert begin["cart"]["items"] == sum(item["qty"] for item in order["items"])
            assert Decimal(str(begin["cart"]["value"])) == value


def test_an_order_of_which_too_little_is_there_is_not_completed() -> None:
    """Some checkouts come to nothing, and some orders get less than was in the cart."""
    events = read_frame(BIG, PLAIN_DAY, "clickstream")
    last = events.group_by("session_id", maintain_order=True).last()
    assert int((last["event_type"] == "begin_checkout").sum()) > 0
    items = read_frame(BIG, PLAIN_DAY, "ecommerce")["items"].explode()
    short = items.struct.field("qty") < items.struct.field("qty_requested")
    assert 0 < int(short.sum()) < 0.02 * len(items)
