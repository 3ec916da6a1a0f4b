"""Stores, warehouses and the distribution centre."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Location:
    """A place that sells or stores goods; the fields are the columns of the location dimension.

    Areas are in square feet, coordinates in degrees, the tax rate is a share (0-1) of the net sale.
    `store_format` is None for places that are not stores.
    """

    location_number: int
    location_id: str
    location_name: str
    location_type: str
    store_format: str | None
    district: str
    city: str
    state_province: str
    postal_code: str
    region: str
    country: str
    latitude: float
    longitude: float
    selling_sqft: int
    total_sqft: int
    open_date: date
    is_active: bool
    timezone: str
    state_tax_rate: Decimal
    source_system: str = "erp"


def _location(
    number: int,
    name: str,
    kind: tuple[str, str | None],
    district: str,
    place: tuple[str, str, str, str],
    coordinates: tuple[float, float],
    area: tuple[int, int],
    opened: date,
    timezone: str,
    tax_rate: str,
) -> Location:
    return Location(
        location_number=number,
        location_id=f"LOC_{number:03d}",
        location_name=name,
        location_type=kind[0],
        store_format=kind[1],
        district=district,
        city=place[0],
        state_province=place[1],
        postal_code=place[2],
        region=place[3],
        country="US",
        latitude=coordinates[0],
        longitude=coordinates[1],
        selling_sqft=area[0],
        total_sqft=area[1],
        open_date=opened,
        is_active=True,
        timezone=timezone,
        state_tax_rate=Decimal(tax_rate),
    )


_FLAGSHIP = ("store", "flagship")
_STANDARD = ("store", "standard")
_OUTLET = ("store", "outlet")
_WAREHOUSE = ("warehouse", None)
_EASTERN = "America/New_York"
_CENTRAL = "America/Chicago"
_PACIFIC = "America/Los_Angeles"

LOCATIONS: tuple[Location, ...] = (
    _location(
        1,
        "NYC Flagship",
        _FLAGSHIP,
        "New York Metro",
        ("New York", "NY", "10001", "Northeast"),
        (40.7484, -73.9967),
        (32000, 41500),
        date(2005, 3, 18),
        _EASTERN,
        "0.08875",
    ),
    _location(
        2,
        "LA Flagship",
        _FLAGSHIP,
        "Southern California",
        ("Los Angeles", "CA", "90012", "West"),
        (34.0614, -118.2385),
        (30000, 38800),
        date(2006, 9, 22),
        _PACIFIC,
        "0.0725",
    ),
    _location(
        3,
        "Chicago Store",
        _STANDARD,
        "Great Lakes",
        ("Chicago", "IL", "60611", "Midwest"),
        (41.8947, -87.6205),
        (14200, 18100),
        date(2008, 5, 9),
        _CENTRAL,
        "0.0825",
    ),
    _location(
        4,
        "Miami Store",
        _STANDARD,
        "South Florida",
        ("Miami", "FL", "33131", "Southeast"),
        (25.7665, -80.1893),
        (12600, 16000),
        date(2010, 11, 12),
        _EASTERN,
        "0.06",
    ),
    _location(
        5,
        "Dallas Store",
        _STANDARD,
        "Texas",
        ("Dallas", "TX", "75201", "Southwest"),
        (32.7881, -96.7994),
        (13800, 17600),
        date(2011, 4, 15),
        _CENTRAL,
        "0.0625",
    ),
    _location(
        6,
        "Boston Store",
        _STANDARD,
        "New England",
        ("Boston", "MA", "02116", "Northeast"),
        (42.3503, -71.0810),
        (11900, 15300),
        date(2009, 8, 28),
        _EASTERN,
        "0.0625",
    ),
    _location(
        7,
        "Seattle Store",
        _STANDARD,
        "Pacific Northwest",
        ("Seattle", "WA", "98101", "West"),
        (47.6114, -122.3348),
        (12300, 15800),
        date(2012, 6, 1),
        _PACIFIC,
        "0.065",
    ),
    _location(
        8,
        "Atlanta Store",
        _STANDARD,
        "Deep South",
        ("Atlanta", "GA", "30326", "Southeast"),
        (33.8488, -84.3622),
        (13100, 16900),
        date(2013, 10, 4),
        _EASTERN,
        "0.04",
    ),
    _location(
        9,
        "Orlando Outlet",
        _OUTLET,
        "Central Florida",
        ("Orlando", "FL", "32819", "Southeast"),
        (28.4522, -81.4678),
        (8600, 10900),
        date(2015, 3, 6),
        _EASTERN,
        "0.06",
    ),
    _location(
        10,
        "Las Vegas Outlet",
        _OUTLET,
        "Desert Southwest",
        ("Las Vegas", "NV", "89106", "West"),
        (36.1699, -115.1585),
        (9200, 11700),
        date(2016, 5, 20),
        _PACIFIC,
        "0.0685",
    ),
    _location(
        11,
        "East Coast Warehouse",
        _WAREHOUSE,
        "Eastern Logistics",
        ("Newark", "NJ", "07114", "Northeast"),
        (40.7082, -74.1891),
        (0, 240000),
        date(2004, 7, 12),
        _EASTERN,
        "0.06625",
    ),
    _location(
        12,
        "West Coast Warehouse",
        _WAREHOUSE,
        "Western Logistics",
        ("Ontario", "CA", "91761", "West"),
        (34.0347, -117.5931),
        (0, 225000),
        date(2007, 2, 5),
        _PACIFIC,
        "0.0725",
    ),
    _location(
        13,
        "Central DC",
        ("dc", None),
        "Central Logistics",
        ("Columbus", "OH", "43217", "Midwest"),
        (39.8186, -82.9346),
        (0, 610000),
        date(2004, 4, 19),
        _EASTERN,
        "0.0575",
    ),
)

STORES: tuple[Location, ...] = tuple(
    location for location in LOCATIONS if location.location_type == "store"
)

WAREHOUSES: tuple[Location, ...] = tuple(
    location for location in LOCATIONS if location.location_type == "warehouse"
)

STORE_IDS: tuple[str, ...] = tuple(store.location_id for store in STORES)

ALL_LOCATION_IDS: tuple[str, ...] = tuple(location.location_id for location in LOCATIONS)

OPENING_HOUR = 9
CLOSING_HOUR = 21
"""Stores sell from the opening hour up to the closing hour, in their own time zone."""

PEAK_HOURS: frozenset[int] = frozenset({12, 13, 17, 18, 19, 20})
"""Local hours with the most shoppers."""

_VOLUME_BY_FORMAT = {"flagship": 20.0, "standard": 8.0, "outlet": 6.0}
_REGISTERS_BY_FORMAT = {"flagship": 5, "standard": 4, "outlet": 3}
_ASSOCIATES_BY_FORMAT = {"flagship": 40, "standard": 18, "outlet": 12}


def get_store_volume(store: Location) -> float:
    """A store's share of the shoppers, in percent: a flagship sees more than an outlet."""
    return _VOLUME_BY_FORMAT[store.store_format or ""]


def get_store_registers(store: Location) -> int:
    """Number of the store's tills; they are numbered from 1."""
    return _REGISTERS_BY_FORMAT[store.store_format or ""]


def get_store_associates(store: Location) -> int:
    """Number of people who sell at the store."""
    return _ASSOCIATES_BY_FORMAT[store.store_format or ""]


_BY_ID = {location.location_id: location for location in LOCATIONS}


def get_location_by_id(location_id: str) -> Location:
    """The location with an id.

    Raises:
        LookupError: No location has the id.
    """
    try:
        return _BY_ID[location_id]
    except KeyError:
        raise LookupError(
            f"location {location_id!r} is not in the master data; "
            f"known: {ALL_LOCATION_IDS[0]} to {ALL_LOCATION_IDS[-1]}"
        ) from None
