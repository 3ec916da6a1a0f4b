"""The 10,000 customers, and how they change over the years.

A customer keeps the segment for good, but moves house, changes the e-mail address and moves between
the loyalty tiers of the segment. Each such change has a day, so that the customers can be had as
they stood on any day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from generators.channels import CHANNEL_CODES
from generators.locations import STORES, WAREHOUSES, Location, get_store_volume
from generators.person_names import FIRST_NAMES, LAST_NAMES
from generators.products import CATEGORY_LEVEL_2
from generators.randomness import Draws, weighted_table
from generators.retail_calendar import LAST_YEAR
from generators.segments import SEGMENTS, get_segment


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who buys; the fields are the columns of the customer dimension.

    `lifetime_value` is in US dollars with two decimals. `updated_on` is the day of the last change,
    the day of acquisition while there was none.
    """

    customer_number: int
    customer_id: str
    email: str
    first_name: str
    last_name: str
    segment: str
    loyalty_tier: str
    lifetime_value: Decimal
    acquisition_date: date
    acquisition_channel: str
    preferred_channel: str
    preferred_category: str
    geo_region: str
    geo_city: str
    nearest_location_id: str
    email_subscribe_flag: bool
    sms_subscribe_flag: bool
    source_system: str
    updated_on: date


@dataclass(frozen=True, slots=True)
class City:
    """A city where customers live.

    `nearest_store` is the index (in STORES) of the store nearest to it, `nearest_warehouse` that
    (in WAREHOUSES) of the warehouse nearest to its state, seen from the first city of that state.
    """

    name: str
    state: str
    postal_code: str
    region: str
    nearest_store: int
    nearest_warehouse: int


CUSTOMER_COUNT = 10_000

CUSTOMER_IDS: tuple[str, ...] = tuple(
    f"CUST_{number:08d}" for number in range(1, CUSTOMER_COUNT + 1)
)

FIRST_AS_OF = date(2026, 1, 1)
"""By this day every customer has been acquired."""

DEFAULT_AS_OF = date(2026, 1, 31)
"""The day of the master data when none is given."""

LAST_AS_OF = date(LAST_YEAR, 12, 31)

MOVES_PER_YEAR = 0.08
EMAIL_CHANGES_PER_YEAR = 0.04
TIER_CHANGES_PER_YEAR = 0.15

_FIRST_ACQUISITION = date(2016, 1, 1)
_FIRST_NEW_ACQUISITION = date(2025, 1, 1)

# (name, state, postal code, region, latitude, longitude)
_CITIES: tuple[tuple[str, str, str, str, float, float], ...] = (
    ("New York", "NY", "10011", "Northeast", 40.7128, -74.0060),
    ("Brooklyn", "NY", "11201", "Northeast", 40.6782, -73.9442),
    ("Newark", "NJ", "07102", "Northeast", 40.7357, -74.1724),
    ("Philadelphia", "PA", "19103", "Northeast", 39.9526, -75.1652),
    ("Pittsburgh", "PA", "15222", "Northeast", 40.4406, -79.9959),
    ("Los Angeles", "CA", "90017", "West", 34.0522, -118.2437),
    ("Long Beach", "CA", "90802", "West", 33.7701, -118.1937),
    ("San Diego", "CA", "92101", "West", 32.7157, -117.1611),
    ("San Jose", "CA", "95113", "West", 37.3382, -121.8863),
    ("San Francisco", "CA", "94103", "West", 37.7749, -122.4194),
    ("Chicago", "IL", "60614", "Midwest", 41.8781, -87.6298),
    ("Milwaukee", "WI", "53202", "Midwest", 43.0389, -87.9065),
    ("Indianapolis", "IN", "46204", "Midwest", 39.7684, -86.1581),
    ("Detroit", "MI", "48226", "Midwest", 42.3314, -83.0458),
    ("Minneapolis", "MN", "55401", "Midwest", 44.9778, -93.2650),
    ("Columbus", "OH", "43215", "Midwest", 39.9612, -82.9988),
    ("Miami", "FL", "33130", "Southeast", 25.7617, -80.1918),
    ("Hialeah", "FL", "33010", "Southeast", 25.8576, -80.2781),
    ("Fort Lauderdale", "FL", "33301", "Southeast", 26.1224, -80.1373),
    ("West Palm Beach", "FL", "33401", "Southeast", 26.7153, -80.0534),
    ("Dallas", "TX", "75202", "Southwest", 32.7767, -96.7970),
    ("Fort Worth", "TX", "76102", "Southwest", 32.7555, -97.3308),
    ("Houston", "TX", "77002", "Southwest", 29.7604, -95.3698),
    ("Austin", "TX", "78701", "Southwest", 30.2672, -97.7431),
    ("San Antonio", "TX", "78205", "Southwest", 29.4241, -98.4936),
    ("Boston", "MA", "02108", "Northeast", 42.3601, -71.0589),
    ("Cambridge", "MA", "02139", "Northeast", 42.3736, -71.1097),
    ("Worcester", "MA", "01608", "Northeast", 42.2626, -71.8023),
    ("Providence", "RI", "02903", "Northeast", 41.8240, -71.4128),
    ("Seattle", "WA", "98104", "West", 47.6062, -122.3321),
    ("Bellevue", "WA", "98004", "West", 47.6101, -122.2015),
    ("Tacoma", "WA", "98402", "West", 47.2529, -122.4443),
    ("Portland", "OR", "97204", "West", 45.5152, -122.6784),
    ("Atlanta", "GA", "30308", "Southeast", 33.7490, -84.3880),
    ("Charlotte", "NC", "28202", "Southeast", 35.2271, -80.8431),
    ("Nashville", "TN", "37203", "Southeast", 36.1627, -86.7816),
    ("Birmingham", "AL", "35203", "Southeast", 33.5186, -86.8104),
    ("Orlando", "FL", "32801", "Southeast", 28.5383, -81.3792),
    ("Tampa", "FL", "33602", "Southeast", 27.9506, -82.4572),
    ("Jacksonville", "FL", "32202", "Southeast", 30.3322, -81.6557),
    ("Las Vegas", "NV", "89101", "West", 36.1699, -115.1398),
    ("Henderson", "NV", "89015", "West", 36.0395, -114.9817),
    ("Phoenix", "AZ", "85004", "Southwest", 33.4484, -112.0740),
    ("Salt Lake City", "UT", "84101", "West", 40.7608, -111.8910),
)

_CHANNEL_WEIGHTS = (20, 15, 12, 13, 28, 2, 4, 6)

# Lowest and highest lifetime value of a segment, in whole dollars.
_LIFETIME_VALUES = {
    "vip": (5000, 20000),
    "premium": (2000, 8000),
    "loyal": (800, 3000),
    "regular": (100, 1200),
    "new": (0, 300),
}

_DRAWS = Draws("master", "customers")
_ROWS = np.arange(CUSTOMER_COUNT, dtype=np.int64)


def _kilometres(latitude: float, longitude: float, location: Location) -> float:
    """Great-circle distance between a point (degrees) and a location."""
    across = sin(radians(location.latitude - latitude) / 2) ** 2
    along = sin(radians(location.longitude - longitude) / 2) ** 2
    shrink = cos(radians(latitude)) * cos(radians(location.latitude))
    return 12742 * asin(sqrt(across + shrink * along))


def _nearest(latitude: float, longitude: float, locations: Sequence[Location]) -> int:
    """Index of the location nearest to a point (degrees)."""
    distances = [_kilometres(latitude, longitude, location) for location in locations]
    return distances.index(min(distances))


def _build_cities() -> tuple[City, ...]:
    cities = []
    warehouses: dict[str, int] = {}
    for name, state, postal_code, region, latitude, longitude in _CITIES:
        warehouse = warehouses.setdefault(state, _nearest(latitude, longitude, WAREHOUSES))
        store = _nearest(latitude, longitude, STORES)
        cities.append(City(name, state, postal_code, region, store, warehouse))
    return tuple(cities)


CITIES: tuple[City, ...] = _build_cities()


def _city_weights() -> list[float]:
    """Weights with which a store's cities have as many people as the store has shoppers."""
    neighbours = [city.nearest_store for city in CITIES]
    return [get_store_volume(STORES[store]) / neighbours.count(store) for store in neighbours]


def _build_segments() -> NDArray[np.int64]:
    """Index in SEGMENTS of each customer; the segments' shares are exact."""
    sizes = [round(segment.customer_share * CUSTOMER_COUNT) for segment in SEGMENTS]
    segments = np.empty(CUSTOMER_COUNT, dtype=np.int64)
    order = np.argsort(_DRAWS.bits("segment", _ROWS), kind="stable")
    segments[order] = np.repeat(np.arange(len(SEGMENTS)), sizes)
    return segments


CUSTOMER_SEGMENTS: NDArray[np.int64] = _build_segments()
"""Index in SEGMENTS of each customer's segment, in the order of CUSTOMER_IDS."""

CUSTOMER_SEGMENT_MAP: dict[str, str] = {
    customer_id: SEGMENTS[segment].name
    for customer_id, segment in zip(CUSTOMER_IDS, CUSTOMER_SEGMENTS.tolist(), strict=True)
}


def get_customer_segment(customer_id: str) -> str:
    """Name of a customer's segment.

    Raises:
        LookupError: No customer has the id.
    """
    try:
        return CUSTOMER_SEGMENT_MAP[customer_id]
    except KeyError:
        raise LookupError(
            f"customer {customer_id!r} is not in the master data; "
            f"known: {CUSTOMER_IDS[0]} to {CUSTOMER_IDS[-1]}"
        ) from None


@lru_cache(maxsize=1)
def _acquisition_days() -> NDArray[np.int64]:
    """Day (proleptic ordinal) of each customer's acquisition; `new` customers came last year."""
    is_new = np.array([segment.name == "new" for segment in SEGMENTS])[CUSTOMER_SEGMENTS]
    long_ago, last_year = _FIRST_ACQUISITION.toordinal(), _FIRST_NEW_ACQUISITION.toordinal()
    start = np.where(is_new, last_year, long_ago)
    end = np.where(is_new, FIRST_AS_OF.toordinal(), last_year)
    return start + _DRAWS.below("acquisition date", _ROWS, end - start)


@dataclass(frozen=True, slots=True)
class _Changes:
    """One kind of change: the new values of customers (indices), by day (ordinals)."""

    initial: NDArray[np.int64]
    days: NDArray[np.int64]
    customers: NDArray[np.int64]
    values: NDArray[np.int64]

    def as_of(self, day: int) -> NDArray[np.int64]:
        """Value of each customer at the end of the day."""
        state = self.initial.copy()
        count = int(np.searchsorted(self.days, day, side="right"))
        state[self.customers[:count]] = self.values[:count]  # the last value of a customer stays
        return state

    def last_day(self, day: int) -> NDArray[np.int64]:
        """Day of each customer's last change up to the day; 0 without one."""
        last = np.zeros(CUSTOMER_COUNT, dtype=np.int64)
        count = int(np.searchsorted(self.days, day, side="right"))
        last[self.customers[:count]] = self.days[:count]
        return last


@lru_cache(maxsize=3)
def _changes(kind: str) -> _Changes:
    """All changes of a kind (city, email, tier) until the last day, at most one a year each."""
    tiers = np.array([len(segment.loyalty_tiers) for segment in SEGMENTS])[CUSTOMER_SEGMENTS]
    city_table = weighted_table(_city_weights())
    if kind == "city":
        rate, state = MOVES_PER_YEAR, _DRAWS.choice("city", _ROWS, city_table)
    elif kind == "email":
        rate, state = EMAIL_CHANGES_PER_YEAR, np.zeros(CUSTOMER_COUNT, dtype=np.int64)
    else:
        rate, state = TIER_CHANGES_PER_YEAR, _DRAWS.below("tier", _ROWS, tiers)
    initial = state.copy()
    days, customers, values = [], [], []
    for year in range(_FIRST_ACQUISITION.year, LAST_YEAR + 1):
        new_year = date(year, 1, 1).toordinal()
        length = date(year, 12, 31).toordinal() - new_year + 1
        day = new_year + _DRAWS.below(f"{kind} change day", _ROWS, length, year)
        if kind == "city":
            target = _DRAWS.choice("city", _ROWS, city_table, year)
        elif kind == "email":
            target = state + 1
        else:
            target = (state + 1) % tiers
        happens = _DRAWS.uniform(f"{kind} change", _ROWS, year) < rate
        happens &= (target != state) & (day > _acquisition_days())
        state = np.where(happens, target, state)
        days.append(day[happens])
        customers.append(_ROWS[happens])
        values.append(state[happens])
    all_days = np.concatenate(days)
    order = np.argsort(all_days, kind="stable")
    return _Changes(
        initial, all_days[order], np.concatenate(customers)[order], np.concatenate(values)[order]
    )


@lru_cache(maxsize=4)
def get_home_cities(day: date) -> NDArray[np.uint8]:
    """Index in CITIES of each customer's home on a day, as CUSTOMER_IDS are ordered.

    The array is shared between callers: do not write to it.
    """
    return _changes("city").as_of(day.toordinal()).astype(np.uint8)


def get_home_stores(day: date) -> NDArray[np.uint8]:
    """Index in STORES of the store nearest to each customer on a day, in the same order."""
    nearest = np.array([city.nearest_store for city in CITIES], dtype=np.uint8)
    return nearest[get_home_cities(day)]


def _email(first_name: str, last_name: str, number: int, version: int) -> str:
    first, last = first_name.lower(), last_name.lower()
    if version == 0:
        return f"{first}.{last}{number}@example.com"
    return f"{first[0]}{last}{number}.{version}@example.org"


@lru_cache(maxsize=4)
def get_customers(as_of: date = DEFAULT_AS_OF) -> tuple[Customer, ...]:
    """All customers as they stand at the end of a day, in the order of CUSTOMER_IDS.

    Raises:
        ValueError: The day is before FIRST_AS_OF (not every customer exists yet) or after
            LAST_AS_OF.
    """
    if not FIRST_AS_OF <= as_of <= LAST_AS_OF:
        raise ValueError(
            f"customers as of {as_of} are not known; name a day from {FIRST_AS_OF} to {LAST_AS_OF}"
        )
    day = as_of.toordinal()
    changes = {kind: _changes(kind) for kind in ("city", "email", "tier")}
    city, email, tier = (kind.as_of(day).tolist() for kind in changes.values())
    acquired = _acquisition_days()
    updated = np.max([acquired, *(kind.last_day(day) for kind in changes.values())], axis=0)
    first = _DRAWS.below("first name", _ROWS, len(FIRST_NAMES)).tolist()
    last = _DRAWS.below("last name", _ROWS, len(LAST_NAMES)).tolist()
    channel_table = weighted_table(_CHANNEL_WEIGHTS)
    acquisition_channel = _DRAWS.choice("acquisition channel", _ROWS, channel_table).tolist()
    preferred_channel = _DRAWS.choice("preferred channel", _ROWS, channel_table).tolist()
    category = _DRAWS.below("preferred category", _ROWS, len(CATEGORY_LEVEL_2)).tolist()
    value_range = np.array([_LIFETIME_VALUES[segment.name] for segment in SEGMENTS]) * 100
    low, high = value_range[CUSTOMER_SEGMENTS].T
    value_cents = (low + _DRAWS.below("lifetime value", _ROWS, high - low + 1)).tolist()
    takes_email = (_DRAWS.uniform("email subscription", _ROWS) < 0.7).tolist()
    takes_sms = (_DRAWS.uniform("sms subscription", _ROWS) < 0.4).tolist()
    acquired_days, updated_days = acquired.tolist(), updated.tolist()
    customers = []
    for row, customer_id in enumerate(CUSTOMER_IDS):
        segment = CUSTOMER_SEGMENT_MAP[customer_id]
        home = CITIES[city[row]]
        first_name, last_name = FIRST_NAMES[first[row]], LAST_NAMES[last[row]]
        customers.append(
            Customer(
                customer_number=row + 1,
                customer_id=customer_id,
                email=_email(first_name, last_name, row + 1, email[row]),
                first_name=first_name,
                last_name=last_name,
                segment=segment,
                loyalty_tier=get_segment(segment).loyalty_tiers[tier[row]],
                lifetime_value=Decimal(value_cents[row]).scaleb(-2),
                acquisition_date=date.fromordinal(acquired_days[row]),
                acquisition_channel=CHANNEL_CODES[acquisition_channel[row]],
                preferred_channel=CHANNEL_CODES[preferred_channel[row]],
                preferred_category=CATEGORY_LEVEL_2[category[row]],
                geo_region=home.region,
                geo_city=home.name,
                nearest_location_id=STORES[home.nearest_store].location_id,
                email_subscribe_flag=takes_email[row],
                sms_subscribe_flag=takes_sms[row],
                source_system="crm",
                updated_on=date.fromordinal(updated_days[row]),
            )
        )
    return tuple(customers)
