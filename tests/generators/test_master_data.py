import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators import master_data as md

YEARS = st.integers(2000, 2050)


def test_products_obey_the_contract() -> None:
    assert [p.sku for p in md.PRODUCT_CATALOG] == [f"SKU_{n:06d}" for n in range(1, 501)]
    assert len({p.brand for p in md.PRODUCT_CATALOG}) == 8
    assert {p.category_level_1 for p in md.PRODUCT_CATALOG} == {
        "apparel",
        "accessories",
        "footwear",
    }
    assert sum(p.is_active for p in md.PRODUCT_CATALOG) == 450
    for product in md.PRODUCT_CATALOG:
        assert Decimal("29.99") <= product.base_price <= Decimal("299.99")
        assert Decimal("0.3") <= product.unit_cost / product.base_price <= Decimal("0.5")
        assert product.price_tier == md.get_price_tier(product.base_price)
        assert product.is_active == (product.end_of_life_date is None)
        if product.end_of_life_date:
            assert product.launch_date < product.end_of_life_date < md.FIRST_AS_OF


@pytest.mark.parametrize(
    ("price", "tier"),
    [
        ("50.00", "budget"),
        ("50.01", "mid"),
        ("100.00", "mid"),
        ("100.01", "premium"),
        ("200.00", "premium"),
        ("200.01", "luxury"),
    ],
)
def test_price_tier_includes_its_upper_bound(price: str, tier: str) -> None:
    assert md.get_price_tier(Decimal(price)) == tier


def test_locations_are_ten_stores_two_warehouses_and_a_distribution_centre() -> None:
    kinds = Counter((place.location_type, place.store_format) for place in md.LOCATIONS)
    assert kinds == {
        ("store", "flagship"): 2,
        ("store", "standard"): 6,
        ("store", "outlet"): 2,
        ("warehouse", None): 2,
        ("dc", None): 1,
    }
    assert tuple(f"LOC_{n:03d}" for n in range(1, 14)) == md.ALL_LOCATION_IDS
    assert md.ALL_LOCATION_IDS[:10] == md.STORE_IDS
    assert md.get_location_by_id("LOC_001").state_tax_rate == Decimal("0.08875")


def test_segments_hold_exactly_their_share_of_the_customers() -> None:
    counts = Counter(md.CUSTOMER_SEGMENT_MAP.values())
    assert counts == {"vip": 500, "premium": 1500, "loyal": 2500, "regular": 3500, "new": 2000}
    assert tuple(md.CUSTOMER_SEGMENT_MAP) == md.CUSTOMER_IDS


def test_customers_agree_with_the_other_master_data() -> None:
    cities = {city.name: city for city in md.CITIES}
    categories = {p.category_level_2 for p in md.PRODUCT_CATALOG}
    for customer in md.get_customers():
        assert customer.segment == md.get_customer_segment(customer.customer_id)
        assert customer.loyalty_tier in md.get_segment(customer.segment).loyalty_tiers
        assert customer.acquisition_channel in md.CHANNEL_CODES
        assert customer.preferred_channel in md.CHANNEL_CODES
        assert customer.preferred_category in categories
        city = cities[customer.geo_city]
        assert customer.nearest_location_id == md.STORE_IDS[city.nearest_store]
        assert customer.geo_region == city.region
        assert customer.acquisition_date <= customer.updated_on <= md.DEFAULT_AS_OF


def test_every_store_is_the_nearest_of_its_own_city() -> None:
    cities = {city.name: city for city in md.CITIES}
    for index, store in enumerate(md.STORES):
        assert cities[store.city].nearest_store == index


def test_each_state_is_served_by_one_warehouse_on_its_side_of_the_country() -> None:
    served: dict[str, set[str]] = {}
    for city in md.CITIES:
        warehouse = md.WAREHOUSES[city.nearest_warehouse].location_id
        served.setdefault(city.state, set()).add(warehouse)
    assert all(len(warehouses) == 1 for warehouses in served.values())
    for state in ("NY", "MA", "FL", "IL", "GA"):
        assert served[state] == {"LOC_011"}
    for state in ("CA", "WA", "NV", "AZ"):
        assert served[state] == {"LOC_012"}
    assert {store.state_province for store in md.STORES} <= served.keys()


@pytest.mark.parametrize(
    ("share", "day", "kind"),
    [
        (0.0, date(2025, 11, 12), "none"),
        (0.1, date(2025, 11, 12), "sale"),
        (0.2, date(2025, 10, 15), "promo"),
        (0.21, date(2025, 10, 15), "clearance"),
    ],
)
def test_the_discounts_of_orders_have_their_types(share: float, day: date, kind: str) -> None:
    assert md.get_order_discount_type(share, day) == kind


def test_home_stores_are_those_of_the_customers_on_that_day() -> None:
    for day in (date(2026, 1, 31), date(2030, 6, 30)):
        nearest = [customer.nearest_location_id for customer in md.get_customers(day)]
        assert [md.STORE_IDS[store] for store in md.get_home_stores(day)] == nearest


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        (date(2025, 11, 27), "Thanksgiving"),
        (date(2025, 11, 28), "Black Friday"),
        (date(2024, 11, 29), "Black Friday"),
        (date(2024, 3, 31), "Easter Sunday"),
        (date(2025, 4, 20), "Easter Sunday"),
        (date(2038, 4, 25), "Easter Sunday"),
        (date(2008, 3, 23), "Easter Sunday"),
        (date(2022, 6, 19), "Juneteenth"),
        (date(2020, 6, 19), None),
        (date(2026, 5, 25), "Memorial Day"),
        (date(2026, 7, 5), None),
    ],
)
def test_holidays_follow_the_calendar(day: date, holiday: str | None) -> None:
    assert md.get_holiday(day) == holiday


@given(YEARS)
def test_movable_holidays_keep_their_weekday(year: int) -> None:
    days = {name: day for day, name in md.get_holidays(year).items()}
    assert days["Thanksgiving"].weekday() == 3
    assert 22 <= days["Thanksgiving"].day <= 28
    assert (days["Black Friday"] - days["Thanksgiving"]).days == 1
    easter = md.easter_sunday(year)
    assert easter.weekday() == 6
    assert date(year, 3, 22) <= easter <= date(year, 4, 25)
    assert len(days) == len(md.get_holidays(year))


@given(st.dates(date(2000, 1, 1), date(2050, 12, 31)), st.sampled_from(md.SEGMENT_NAMES))
def test_discounts_are_deeper_in_sales_and_never_above_half(day: date, segment: str) -> None:
    low, high = md.get_segment(segment).discount_percent
    discount = md.get_segment_discount(segment, day)
    factor = 1.2 if md.get_sale_period(day) else 1.0
    assert discount.low == pytest.approx(min(low / 100 * factor, 0.5))
    assert discount.high == pytest.approx(min(high / 100 * factor, 0.5))


def test_volume_follows_month_and_weekend() -> None:
    assert md.get_volume_factor(date(2025, 11, 27)) == 1.3
    assert md.get_volume_factor(date(2025, 12, 6)) == pytest.approx(1.5 * 1.3)
    assert md.get_volume_factor(date(2026, 1, 30)) == 0.7


@pytest.mark.parametrize(
    "look_up",
    [
        md.get_product_by_sku,
        md.get_customer_segment,
        md.get_location_by_id,
        md.get_channel_by_code,
        md.get_segment_basket_size,
    ],
)
def test_an_unknown_id_is_named_in_the_error(look_up) -> None:
    with pytest.raises(LookupError, match="'nobody' is not in the master data"):
        look_up("nobody")


def test_import_is_quick_and_loads_no_data_frames() -> None:
    script = (
        "import sys, time; start = time.process_time(); import generators.master_data;"
        "spent = time.process_time() - start;"
        "assert 'polars' not in sys.modules; assert spent < 1, spent"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
