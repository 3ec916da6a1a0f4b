"""What visitors do online, as the clickstream shows it."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise
from math import log
from statistics import NormalDist
from urllib.parse import parse_qs, unquote_plus, urlsplit

import numpy as np
import polars as pl
import pytest

from generators import master_data as md
from generators.baskets import BASKET_LOW
from generators.funnel import (
    ADD,
    BEGIN,
    BROWSERS,
    CHANNEL_WEIGHTS,
    COMPLETE,
    COMPLETION_WEIGHT,
    EVENT_TYPES,
    FIRST_STEP,
    GAP_MEDIAN_MS,
    GAP_SIGMA,
    HOUR_WEIGHTS,
    LOGGED_IN_SHARE,
    MAX_RECOVERY_DAYS,
    PAGES,
    PATIENCE_MEDIAN,
    PATIENCE_SIGMA,
    PRODUCT_VIEW,
    RECOVERY_SHARE,
    REFERRERS,
    SEARCH_TERMS,
    get_next_steps,
)
from generators.sessions import Sessions, draw_sessions, find_recoverable
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
    instant,
    read_day,
    read_frame,
)
from tests.support.tolerance import assert_mean, assert_share

DAILY_EVENTS = 5_000
FIELDS = [
    "event_id",
    "session_id",
    "event_type",
    "timestamp",
    "channel",
    "customer_id",
    "customer_segment",
    "page_url",
    "product_sku",
    "device_type",
    "browser",
    "referrer",
    "cart",
    "order_id",
]


def by_session(events: list[Event]) -> dict[str, list[Event]]:
    sessions: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        sessions[event["session_id"]].append(event)
    return dict(sessions)


@pytest.fixture(scope="module")
def checked() -> list[Event]:
    return read_day(CHECKED, PLAIN_DAY, "clickstream")


@pytest.fixture(scope="module")
def drawn() -> Sessions:
    """The sessions of a plain day that recover no cart, as they would go if all was in stock."""
    return draw_sessions(BIG, PLAIN_DAY)


@pytest.fixture(scope="module")
def steps(drawn: Sessions) -> pl.DataFrame:
    """Their events, each with what comes next (null after the last one)."""
    segment = md.CUSTOMER_SEGMENTS[drawn.carts.customer]
    return (
        pl.DataFrame(
            {
                "session": drawn.session,
                "kind": drawn.kind,
                "instant": drawn.instant,
                "segment": segment[drawn.session],
                "channel": drawn.carts.channel[drawn.session],
            }
        )
        .sort("session", "instant", maintain_order=True)
        .with_columns(
            pl.col("kind").shift(-1).over("session").alias("next"),
            (pl.col("kind") == ADD).cum_sum().over("session").alias("added"),
        )
    )


# --- Every event obeys the contract ---------------------------------------------------------------


def test_every_event_obeys_the_contract(checked: list[Event]) -> None:
    for number, event in enumerate(checked, 1):
        assert list(event) == FIELDS
        assert event["event_id"] == f"EVT-20251015-{CHECKED.tag}-{number}"
        assert event["session_id"].startswith(f"SES-20251015-{CHECKED.tag}-")
        assert event["event_type"] in EVENT_TYPES
        assert business_day(event) == PLAIN_DAY
        channel = md.get_channel_by_code(event["channel"])
        assert channel in md.SESSION_CHANNELS
        assert event["device_type"] == channel.device_category
        assert event["browser"] in BROWSERS[channel.channel_code]
        assert event["referrer"] in REFERRERS[channel.channel_code]
        customer = event["customer_id"]
        segment = None if customer is None else md.get_customer_segment(customer)
        assert event["customer_segment"] == segment
        is_about_product = event["event_type"] in (
            "product_view",
            "add_to_cart",
            "remove_from_cart",
        )
        assert (event["product_sku"] is not None) == is_about_product
        if is_about_product:
            assert md.get_product_by_sku(event["product_sku"]).is_active
        is_order = event["event_type"] == "complete_checkout"
        assert (event["order_id"] is not None) == is_order


@pytest.mark.parametrize("day", [date(2025, 11, 2), date(2026, 3, 8)])
def test_all_is_over_before_the_night_run_when_the_clocks_change_too(day: date) -> None:
    movements = read_day(SMALL, day, "inventory")
    sales = [event for event in movements if event["movement_type"] in ("sale", "return")]
    night = [event for event in movements if event["movement_type"] not in ("sale", "return")]
    events = [*sales, *read_day(SMALL, day, "clickstream"), *read_day(SMALL, day, "ecommerce")]
    assert max(map(instant, events)) < min(map(instant, night))
    assert {business_day(event) for event in events + night} == {day}


def test_pages_go_with_the_events(checked: list[Event]) -> None:
    pages, terms = set(), set()
    for event in checked:
        url = urlsplit(event["page_url"])
        assert f"{url.scheme}://{url.netloc}" == "https://shop.example.com"
        kind = event["event_type"]
        if kind == "page_view":
            pages.add(url.path[1:])
        elif kind == "search":
            assert url.path == "/search"
            assert url.query.isascii()
            assert " " not in url.query
            (term,) = parse_qs(url.query)["q"]
            assert unquote_plus(url.query[2:]) == term
            terms.add(term)
        elif kind in ("product_view", "add_to_cart"):
            assert url.path == f"/products/{event['product_sku']}"
        else:
            path = {"remove_from_cart": "/cart", "begin_checkout": "/checkout"}
            assert url.path == path.get(kind, "/checkout/complete")
    assert pages == set(PAGES)
    assert terms == set(SEARCH_TERMS)
    assert any("%" in term for term in terms)
    assert any("+" in term for term in terms)
    assert any(not term.isascii() for term in terms)


def test_the_cart_is_what_the_events_make_of_it(checked: list[Event]) -> None:
    removals = 0
    for events in by_session(checked).values():
        cart = events[0]["cart"]
        for event in events:
            before, cart = cart, event["cart"]
            kind = event["event_type"]
            if kind in ("add_to_cart", "remove_from_cart"):
                sign = 1 if kind == "add_to_cart" else -1
                start = before or {"items": 0, "value": 0.0}
                if event is events[0]:
                    start = {"items": 0, "value": 0.0}
                pieces = sign * (cart["items"] - start["items"])
                price = float(md.get_product_by_sku(event["product_sku"]).base_price)
                assert 1 <= pieces <= 3
                assert cart["value"] - start["value"] == pytest.approx(sign * pieces * price)
                removals += sign < 0
            elif kind == "complete_checkout":
                assert cart == {"items": 0, "value": 0.0}
                assert event is events[-1]
            elif kind == "begin_checkout" and event is not events[-1]:
                assert 0 < cart["items"] <= before["items"]
            else:
                assert cart == before
    assert removals > 0


def test_a_session_keeps_its_channel_and_names_its_customer_from_the_login_on(
    checked: list[Event],
) -> None:
    anonymous = later = 0
    for events in by_session(checked).values():
        for field in ("channel", "device_type", "browser", "referrer"):
            assert len({event[field] for event in events}) == 1
        names = [event["customer_id"] for event in events]
        known = [name for name in names if name is not None]
        assert len(set(known)) <= 1
        assert names == [None] * (len(names) - len(known)) + known
        anonymous += not known
        later += 0 < len(known) < len(names)
        for event in events:
            if event["event_type"] in ("begin_checkout", "complete_checkout"):
                assert event["customer_id"] is not None
    assert anonymous > 0
    assert later > 0


# --- The funnel -----------------------------------------------------------------------------------


def test_sessions_start_as_weighted(steps: pl.DataFrame) -> None:
    first = steps.group_by("session", maintain_order=True).first()["kind"]
    for kind, weight in FIRST_STEP.items():
        assert_share(int((first == kind).sum()), len(first), weight / sum(FIRST_STEP.values()))


@pytest.mark.parametrize("segment", md.SEGMENT_NAMES)
def test_a_product_page_tempts_each_segment_as_weighted(steps: pl.DataFrame, segment: str) -> None:
    # A cart to which nothing has been added yet is certainly not full.
    seen = steps.filter(
        pl.col("segment") == md.SEGMENT_NAMES.index(segment),
        pl.col("kind") == PRODUCT_VIEW,
        pl.col("added") == 0,
    ).drop_nulls("next")
    weights = get_next_steps(segment, "WEB_DESKTOP", is_full=False)[PRODUCT_VIEW]
    for kind, weight in weights.items():
        count = int((seen["next"] == kind).sum())
        assert_share(count, len(seen), weight / sum(weights.values()))


@pytest.mark.parametrize("channel", CHANNEL_WEIGHTS)
def test_a_checkout_is_completed_by_device_as_weighted(steps: pl.DataFrame, channel: str) -> None:
    begun = steps.filter(
        pl.col("channel") == [*CHANNEL_WEIGHTS].index(channel), pl.col("kind") == BEGIN
    ).drop_nulls("next")
    weights = get_next_steps("new", channel, is_full=True)[BEGIN]
    share = weights[COMPLETE] / sum(weights.values())
    assert_share(int((begun["next"] == COMPLETE).sum()), len(begun), share)


def test_the_funnel_narrows_and_differs_by_segment_and_device(
    clicks: pl.DataFrame, drawn: Sessions
) -> None:
    sessions = clicks.group_by("session").agg(
        pl.col("channel").first(),
        pl.col("customer_segment").drop_nulls().first(),
        *((pl.col("event_type") == kind).any().alias(kind) for kind in EVENT_TYPES),
    )
    funnel = [
        int(sessions[EVENT_TYPES[kind]].sum()) for kind in (PRODUCT_VIEW, ADD, BEGIN, COMPLETE)
    ]
    assert all(after < 0.9 * before for before, after in pairwise(funnel))
    rates = dict(
        sessions.filter("begin_checkout", pl.col("session") <= len(drawn.number))
        .group_by("channel")
        .agg(pl.col("complete_checkout").mean())
        .iter_rows()
    )
    assert sorted(rates, key=rates.__getitem__) == sorted(rates, key=COMPLETION_WEIGHT.__getitem__)
    bought = dict(
        sessions.drop_nulls("customer_segment")
        .group_by("customer_segment")
        .agg(pl.col("add_to_cart").mean())
        .iter_rows()
    )
    assert sorted(bought, key=bought.__getitem__) == [*reversed(md.SEGMENT_NAMES)]


def test_the_time_between_two_events_is_log_normal(clicks: pl.DataFrame) -> None:
    gaps = (
        clicks.with_columns(
            pl.col("at").diff().over("session").dt.total_milliseconds().alias("gap")
        )
        .drop_nulls("gap")["gap"]
        .log()
    )
    assert_mean(float(gaps.mean() or 0), log(GAP_MEDIAN_MS), GAP_SIGMA**2, len(gaps))
    assert float(gaps.std() or 0) == pytest.approx(GAP_SIGMA, rel=0.02)
    for quantile, deviations in ((0.0228, -2), (0.1587, -1), (0.8413, 1), (0.9772, 2)):
        at = float(gaps.quantile(quantile) or 0)
        assert at == pytest.approx(log(GAP_MEDIAN_MS) + deviations * GAP_SIGMA, abs=0.05)


@pytest.mark.parametrize("segment", md.SEGMENT_NAMES)
def test_the_patience_of_visitors_is_log_normal(steps: pl.DataFrame, segment: str) -> None:
    here = steps.filter(pl.col("segment") == md.SEGMENT_NAMES.index(segment))
    lengths = here.group_by("session").len()["len"]
    patience = NormalDist(log(PATIENCE_MEDIAN[segment]), PATIENCE_SIGMA)
    # An order takes four steps and ends a session before the patience does.
    for most in (1, 2, 3):
        share = patience.cdf(log(most + 0.5))
        assert_share(int((lengths <= most).sum()), len(lengths), share)
    assert float(lengths.mean() or 0) > 1.05 * float(lengths.median() or 0)


def test_visitors_come_by_the_hour_as_weighted(clicks: pl.DataFrame) -> None:
    starts = clicks.filter(pl.col("step") == 0)["at"].dt.convert_time_zone("America/Los_Angeles")
    hours = Counter(starts.dt.hour().to_list())
    for hour, weight in enumerate(HOUR_WEIGHTS):
        assert_share(hours[hour], len(starts), weight / sum(HOUR_WEIGHTS))


def test_sessions_are_mixed_by_channel(drawn: Sessions) -> None:
    for channel, (code, weight) in enumerate(CHANNEL_WEIGHTS.items()):
        here = drawn.carts.channel == channel
        assert md.SESSION_CHANNELS[channel].channel_code == code
        assert_share(int(here.sum()), len(here), weight / sum(CHANNEL_WEIGHTS.values()))


def test_customers_are_logged_in_from_the_start_as_often_as_the_channel_has_it(
    drawn: Sessions, clicks: pl.DataFrame
) -> None:
    own = clicks.filter(pl.col("step") == 0, pl.col("session") <= len(drawn.number))
    for code, share in LOGGED_IN_SHARE.items():
        here = own.filter(pl.col("channel") == code)["customer_id"]
        assert_share(int(here.is_not_null().sum()), len(here), share)


def test_browsers_and_referrers_are_mixed_by_channel(clicks: pl.DataFrame) -> None:
    first = clicks.filter(pl.col("step") == 0)
    for table, column in ((BROWSERS, "browser"), (REFERRERS, "referrer")):
        for code, weights in table.items():
            here = first.filter(pl.col("channel") == code)[column]
            for value, weight in weights.items():
                count = here.null_count() if value is None else int((here == value).sum())
                assert_share(count, len(here), weight / sum(weights.values()))


@pytest.mark.parametrize(
    "day", [date(2026, 1, 20), date(2026, 1, 24), date(2025, 12, 20), date(2025, 4, 16)]
)
def test_volume_follows_month_and_weekend(day: date) -> None:
    world = World(7, 20.0)
    expected = DAILY_EVENTS * world.scale * md.get_volume_factor(day)
    # The carts that are recovered are those of the days before.
    assert len(read_frame(world, day, "clickstream")) == pytest.approx(expected, rel=0.04)


# --- Recoveries -----------------------------------------------------------------------------------


def test_carts_are_recovered_as_often_as_decided_evenly_over_the_days(drawn: Sessions) -> None:
    _, delays = find_recoverable(BIG, PLAIN_DAY, drawn)
    enough = drawn.carts.size >= BASKET_LOW[md.CUSTOMER_SEGMENTS[drawn.carts.customer]]
    eligible = enough & drawn.is_known & (drawn.complete_event < 0)
    assert_share(len(delays), int(eligible.sum()), RECOVERY_SHARE)
    for delay in range(1, MAX_RECOVERY_DAYS + 1):
        assert_share(int((delays == delay).sum()), len(delays), 1 / MAX_RECOVERY_DAYS)


def test_a_recovery_is_by_the_same_customer_of_the_same_cart_within_a_week() -> None:
    days = [WEEK[0] + timedelta(days=offset) for offset in range(-MAX_RECOVERY_DAYS, 3)]
    abandoned: dict[tuple[str, int, float], list[list[Event]]] = defaultdict(list)
    recovered = ordered = 0
    for day in days:
        orders = {order["order_id"]: order for order in read_day(SMALL, day, "ecommerce")}
        for events in by_session(read_day(SMALL, day, "clickstream")).values():
            first, last = events[0], events[-1]
            if first["cart"] and first["event_type"] == "page_view" and day >= WEEK[0]:
                key = (first["customer_id"], first["cart"]["items"], first["cart"]["value"])
                assert abandoned[key]
                recovered += 1
                for before in abandoned[key]:
                    later = instant(last) - instant(before[-1])
                    assert timedelta(0) < later < timedelta(days=7)
                if last["event_type"] == "complete_checkout":
                    items = orders[last["order_id"]]["items"]
                    if all(item["qty"] == item["qty_requested"] for item in items) and (
                        sum(item["qty"] for item in items) == first["cart"]["items"]
                    ):
                        skus = Counter(item["sku"] for item in items)
                        assert skus in [skus_in_cart(before) for before in abandoned[key]]
                        ordered += 1
            elif last["cart"] and last["cart"]["items"] and last["customer_id"]:
                key = (last["customer_id"], last["cart"]["items"], last["cart"]["value"])
                abandoned[key].append(events)
    assert recovered > 50
    assert ordered > 0.9 * recovered


def skus_in_cart(events: list[Event]) -> Counter[str]:
    skus: Counter[str] = Counter()
    for event in events:
        change = {"add_to_cart": 1, "remove_from_cart": -1}.get(event["event_type"], 0)
        if change:
            skus[event["product_sku"]] += change
    return +skus


def test_a_session_that_recovers_a_cart_starts_with_it(week: list[DayEvents]) -> None:
    for events in week:
        sessions = by_session(events.clickstream)
        numbers = {name: int(name.split("-")[3]) for name in sessions}
        own = len(draw_sessions(SMALL, events.day).number)
        for name, session in sessions.items():
            starts_with_cart = (
                bool(session[0]["cart"]) and session[0]["event_type"] != "add_to_cart"
            )
            assert starts_with_cart == (numbers[name] > own)


def test_products_are_viewed_by_their_popularity(drawn: Sessions) -> None:
    counts = np.sort(np.bincount(drawn.subject[drawn.kind == PRODUCT_VIEW]))[::-1]
    assert counts[:45].sum() / counts.sum() > 0.35
    assert len(counts) == len(md.ACTIVE_PRODUCTS)
