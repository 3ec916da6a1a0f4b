"""The laws that goods obey, and the rules by which stock is kept."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from generators import master_data as md
from generators.baskets import PRODUCT_COUNT
from generators.inventory import RECEIPT_WEIGHTS, RETURN_WEIGHTS
from generators.pos import draw_shoppers
from generators.simulation import lost_demand
from generators.stock import ADJUSTED_SHARE, ADJUSTMENT_WEIGHTS, get_levels
from generators.world import World
from tests.support.generated_days import (
    BIG,
    CHECKED,
    PLAIN_DAY,
    SMALL,
    WEEK,
    DayEvents,
    Event,
    business_day,
    day_of,
    instant,
    read_day,
    read_frame,
    read_opening,
)
from tests.support.tolerance import assert_share

Cell = tuple[str, str]

FIELDS = [
    "movement_id",
    "movement_type",
    "timestamp",
    "location_id",
    "sku",
    "quantity",
    "reason_code",
    "reference_id",
    "cost_per_unit",
]
SIGNS = {"receipt": 1, "transfer_in": 1, "transfer_out": -1, "sale": -1, "return": 1}
REFERENCES = {
    "receipt": ("PO-",),
    "transfer_in": ("TFR-",),
    "transfer_out": ("TFR-",),
    "sale": ("TXN-", "ORD-"),
    "return": ("TXN-",),
}
REASONS = {
    "receipt": {"PO_RECEIPT", "ASN_RECEIPT"},
    "transfer_in": {"DC_REPLENISHMENT", "DC_RETURN", "REBALANCE"},
    "transfer_out": {"DC_REPLENISHMENT", "DC_RETURN", "REBALANCE"},
    "sale": {"POS_SALE", "ONLINE_SALE"},
    "return": {"CUSTOMER_RETURN", "DEFECTIVE_RETURN", "EXCHANGE"},
    "adjustment": {"CYCLE_COUNT", "DAMAGE", "SHRINKAGE", "FOUND"},
}
CENTRE = "LOC_013"


def cell(event: Event) -> Cell:
    return event["location_id"], event["sku"]


def levels_by_cell(world: World, day: date) -> dict[Cell, tuple[int, int]]:
    levels = get_levels(world, day)
    return {
        (location, sku): (int(levels.reorder[row, column]), int(levels.target[row, column]))
        for row, location in enumerate(md.ALL_LOCATION_IDS)
        for column, sku in enumerate(md.ACTIVE_SKUS)
    }


@pytest.fixture(scope="module")
def openings() -> dict[date, Counter[Cell]]:
    """The opening stock of each day of the week, and of the day after it."""
    return {
        day: Counter({cell(event): event["quantity"] for event in read_opening(SMALL, day)})
        for day in [*WEEK, WEEK[-1] + timedelta(days=1)]
    }


# --- Laws -----------------------------------------------------------------------------------------


def test_every_movement_obeys_the_contract(week: list[DayEvents]) -> None:
    for events in week:
        ids = [event["movement_id"] for event in events.inventory]
        assert ids == [
            f"INV-{events.day:%Y%m%d}-{SMALL.tag}-{number}" for number in range(1, len(ids) + 1)
        ]
        for event in events.inventory:
            assert list(event) == FIELDS
            kind, reference = event["movement_type"], event["reference_id"]
            assert event["reason_code"] in REASONS[kind]
            if kind == "adjustment":
                assert reference is None
                assert event["quantity"] != 0
            else:
                assert reference.startswith(REFERENCES[kind])
                assert event["quantity"] * SIGNS[kind] > 0
                assert day_of(reference) == events.day
            product = md.get_product_by_sku(event["sku"])
            assert event["cost_per_unit"] == float(product.unit_cost)
            md.get_location_by_id(event["location_id"])
            assert business_day(event) == events.day


def test_opening_stock_and_the_days_movements_are_the_next_opening_stock(
    week: list[DayEvents], openings: dict[date, Counter[Cell]]
) -> None:
    for events in week:
        stock = Counter(openings[events.day])
        for event in events.inventory:
            stock[cell(event)] += event["quantity"]
        after = openings[events.day + timedelta(days=1)]
        assert {where: count for where, count in stock.items() if count} == after


def test_opening_stock_is_counted_before_anything_else(
    week: list[DayEvents],
) -> None:
    for events in week:
        opening = read_opening(SMALL, events.day)
        (at,) = {instant(event) for event in opening}
        assert at < min(map(instant, events.inventory + events.clickstream + events.pos))
        assert business_day(opening[0]) == events.day
        assert len({event["movement_id"] for event in opening}) == len(opening)
        for event in opening:
            assert list(event) == FIELDS
            assert event["movement_type"] == "adjustment"
            assert event["reason_code"] == "CYCLE_COUNT"
            assert event["reference_id"] is None
            assert event["quantity"] > 0


def test_stock_is_never_negative_at_any_instant(
    week: list[DayEvents], openings: dict[date, Counter[Cell]]
) -> None:
    for events in week:
        stock = Counter(openings[events.day])
        # Of movements at the same instant the worst order is taken.
        for event in sorted(
            events.inventory, key=lambda event: (instant(event), event["quantity"])
        ):
            stock[cell(event)] += event["quantity"]
            assert stock[cell(event)] >= 0, event


def test_every_sale_and_return_is_its_movements(week: list[DayEvents]) -> None:
    for events in week:
        expected: Counter[tuple[object, ...]] = Counter()
        lines = 0
        for event in events.pos:
            sign = 1 if event["transaction_type"] == "return" else -1
            for item in event["items"]:
                place = event["transaction_id"], event["timestamp"], event["store_id"]
                expected[(*place, item["sku"])] += sign * item["qty"]
                lines += 1
        warehouse = {
            city.state: md.WAREHOUSES[city.nearest_warehouse].location_id for city in md.CITIES
        }
        for event in events.ecommerce:
            where = warehouse[event["shipping_address"]["state"]]
            for item in event["items"]:
                expected[event["order_id"], event["timestamp"], where, item["sku"]] -= item["qty"]
                lines += 1
        moved = [
            event for event in events.inventory if event["movement_type"] in ("sale", "return")
        ]
        actual: Counter[tuple[object, ...]] = Counter()
        for event in moved:
            place = event["reference_id"], event["timestamp"], event["location_id"]
            actual[(*place, event["sku"])] += event["quantity"]
        assert actual == expected
        assert len(moved) == lines


def test_a_transfer_leaves_one_place_and_then_arrives_at_another(week: list[DayEvents]) -> None:
    for events in week:
        legs: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events.inventory:
            if event["movement_type"].startswith("transfer"):
                legs[event["reference_id"]].append(event)
        assert legs
        for leaving, arriving in legs.values():
            assert leaving["movement_type"] == "transfer_out"
            assert arriving["movement_type"] == "transfer_in"
            assert leaving["quantity"] + arriving["quantity"] == 0
            assert leaving["sku"] == arriving["sku"]
            assert leaving["reason_code"] == arriving["reason_code"]
            assert CENTRE in (leaving["location_id"], arriving["location_id"])
            assert leaving["location_id"] != arriving["location_id"]
            assert instant(leaving) < instant(arriving)


# --- Rules ----------------------------------------------------------------------------------------


def test_what_is_down_to_s_is_ordered_up_to_big_s_and_nothing_else(
    week: list[DayEvents], openings: dict[date, Counter[Cell]]
) -> None:
    for events in week:
        morning = levels_by_cell(SMALL, events.day + timedelta(days=1))
        evening = Counter(openings[events.day])
        arrived: Counter[Cell] = Counter()
        for event in events.inventory:
            reason = event["reason_code"]
            if event["movement_type"] == "receipt" or (
                event["movement_type"] == "transfer_in" and reason == "DC_REPLENISHMENT"
            ):
                arrived[cell(event)] += event["quantity"]
            elif reason != "REBALANCE" or event["location_id"] == CENTRE:
                evening[cell(event)] += event["quantity"]
        assert arrived
        for where, (reorder, target) in morning.items():
            if events.day.weekday() == 6:
                assert arrived[where] == max(target - evening[where], 0) or where[0] == CENTRE
                assert openings[events.day + timedelta(days=1)][where] == target
            elif evening[where] <= reorder:
                assert evening[where] + arrived[where] == target
            else:
                assert arrived[where] == 0


def test_returned_goods_go_to_the_distribution_centre_in_the_same_night(
    week: list[DayEvents],
) -> None:
    for events in week:
        kept: Counter[Cell] = Counter()
        for event in events.inventory:
            if event["movement_type"] == "return" or (
                event["reason_code"] == "DC_RETURN" and event["movement_type"] == "transfer_out"
            ):
                kept[cell(event)] += event["quantity"]
        assert set(kept.values()) == {0}


def test_vendors_deliver_to_the_distribution_centre_alone(week: list[DayEvents]) -> None:
    receipts = [
        event
        for events in week
        for event in events.inventory
        if event["movement_type"] == "receipt"
    ]
    assert {event["location_id"] for event in receipts} == {CENTRE}
    for reason, weight in RECEIPT_WEIGHTS.items():
        count = sum(event["reason_code"] == reason for event in receipts)
        assert_share(count, len(receipts), weight / 100)


def test_some_counts_are_put_right_every_night(week: list[DayEvents]) -> None:
    adjustments = [
        event
        for events in week
        if events.day.weekday() != 6  # when the centre also writes off
        for event in events.inventory
        if event["movement_type"] == "adjustment"
    ]
    cells = PRODUCT_COUNT * len(md.LOCATIONS) * 7
    assert 0.8 * cells * ADJUSTED_SHARE < len(adjustments) < 1.2 * cells * ADJUSTED_SHARE
    by_reason: defaultdict[str, list[int]] = defaultdict(list)
    for event in adjustments:
        by_reason[event["reason_code"]].append(event["quantity"])
    assert by_reason.keys() == ADJUSTMENT_WEIGHTS.keys()
    assert max(by_reason["DAMAGE"] + by_reason["SHRINKAGE"]) < 0 < min(by_reason["FOUND"])
    assert min(by_reason["CYCLE_COUNT"]) < 0 < max(by_reason["CYCLE_COUNT"])


def test_most_returns_are_plain_ones() -> None:
    movements = read_frame(BIG, PLAIN_DAY, "inventory")
    reasons = movements.filter(pl.col("movement_type") == "return")["reason_code"]
    for reason, weight in RETURN_WEIGHTS.items():
        assert_share(int((reasons == reason).sum()), len(reasons), weight / 100)


# --- Shortage -------------------------------------------------------------------------------------


def sold_lines(events: list[Event]) -> list[Event]:
    return [
        item
        for event in events
        if event.get("transaction_type") != "return"
        for item in event["items"]
    ]


@pytest.mark.parametrize(("world", "days"), [(SMALL, WEEK), (BIG, [PLAIN_DAY])])
def test_two_or_three_in_a_hundred_wanted_items_are_short(world: World, days: list[date]) -> None:
    short = wanted = 0
    for day in days:
        sales = read_frame(world, day, "pos").filter(pl.col("transaction_type") == "sale")
        lines = sales.select(pl.col("items").explode()).unnest("items")
        lost = lost_demand(world, day)["pos"].line_items
        cut = int((lines["qty"] < lines["qty_requested"]).sum())
        assert cut <= lost
        short += lost
        wanted += len(lines) + lost - cut
    assert 0.015 < short / wanted < 0.035


def test_a_very_small_retailer_is_short_of_something_and_not_of_everything() -> None:
    world = World(5, 0.01)
    days = [WEEK[0] + timedelta(days=offset) for offset in range(21)]
    lines = sum(len(sold_lines(read_day(world, day))) for day in days)
    lost = sum(lost_demand(world, day)["pos"].line_items for day in days)
    assert 0 < lost < 0.1 * lines


def test_lost_demand_is_what_was_wanted_and_not_sold(week: list[DayEvents]) -> None:
    prices = np.array([float(product.base_price) for product in md.ACTIVE_PRODUCTS])
    for events in week:
        baskets = draw_shoppers(SMALL, events.day)
        sold = sold_lines(events.pos)
        lost = lost_demand(SMALL, events.day)["pos"]
        assert lost.quantity == baskets.wanted.sum() - sum(item["qty"] for item in sold)
        worth = (baskets.wanted * prices[baskets.product]).sum()
        worth -= sum(item["qty"] * item["price"] for item in sold)
        assert lost.sales_cents == round(worth * 100)
        assert lost.line_items <= lost.quantity


def test_who_finds_too_little_buys_nothing_and_nobody_buys_more_than_is_wanted() -> None:
    baskets = draw_shoppers(CHECKED, PLAIN_DAY)
    wanted = {
        number: size
        for number, size in zip(baskets.number.tolist(), baskets.size.tolist(), strict=True)
    }
    events = [
        event for event in read_day(CHECKED, PLAIN_DAY) if event["transaction_type"] == "sale"
    ]
    bought = {int(event["transaction_id"].split("-")[3]): event for event in events}
    assert bought.keys() < wanted.keys()
    shrunk = 0
    for number, event in bought.items():
        low, _ = md.get_segment_basket_size(event["customer_segment"])
        assert low <= len(event["items"]) <= wanted[number]
        shrunk += len(event["items"]) < wanted[number]
    assert shrunk > 0
