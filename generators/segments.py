"""The customer segments and what each does at the till."""

from dataclasses import dataclass
from datetime import date

from generators.retail_calendar import get_sale_period


@dataclass(frozen=True, slots=True)
class Segment:
    """A customer segment's behaviour.

    Shares and rates are probabilities (0-1), discounts whole percents of the price, the basket is
    in line items; ranges include both ends. A customer holds one of the loyalty tiers at a time
    and is sent the promo codes.
    """

    name: str
    customer_share: float
    basket_size: tuple[int, int]
    discount_probability: float
    discount_percent: tuple[int, int]
    return_rate: float
    loyalty_tiers: tuple[str, ...]
    promo_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Discount:
    """How often an item is discounted (0-1) and by how much of its price (0-1, both included)."""

    probability: float
    low: float
    high: float


SEGMENTS: tuple[Segment, ...] = (
    Segment("vip", 0.05, (3, 8), 0.2, (0, 10), 0.05, ("platinum", "gold"), ("VIPFIRST", "VIPGIFT")),
    Segment(
        "premium", 0.15, (2, 5), 0.4, (0, 15), 0.08, ("gold", "silver"), ("PREMIUM10", "GOLDDAYS")
    ),
    Segment(
        "loyal", 0.25, (2, 4), 0.5, (5, 20), 0.10, ("silver", "bronze"), ("THANKYOU", "LOYAL15")
    ),
    Segment(
        "regular", 0.35, (1, 3), 0.7, (10, 30), 0.12, ("bronze", "silver"), ("SAVE10", "COMEBACK")
    ),
    Segment("new", 0.20, (1, 2), 0.9, (15, 40), 0.15, ("bronze",), ("WELCOME15", "FIRSTORDER")),
)

SEGMENT_NAMES: tuple[str, ...] = tuple(segment.name for segment in SEGMENTS)

GUEST_SEGMENT = "regular"
"""The segment of guests."""

SALE_DISCOUNT_FACTOR = 1.2
MAXIMUM_DISCOUNT = 0.5
CLEARANCE_ABOVE = 0.2
"""Outside of sales, a discount of more than this share of the price is a clearance."""

_BY_NAME = {segment.name: segment for segment in SEGMENTS}


def get_segment(name: str) -> Segment:
    """The segment with a name.

    Raises:
        LookupError: No segment has the name.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise LookupError(
            f"segment {name!r} is not in the master data; known: {', '.join(SEGMENT_NAMES)}"
        ) from None


def get_segment_basket_size(name: str) -> tuple[int, int]:
    """Fewest and most line items in a basket of the segment."""
    return get_segment(name).basket_size


def get_segment_return_rate(name: str) -> float:
    """Share (0-1) of the segment's sales that come back."""
    return get_segment(name).return_rate


def get_segment_discount(name: str, day: date) -> Discount:
    """The segment's discounts on a day; in a sale period deeper, but never above the maximum."""
    segment = get_segment(name)
    factor = SALE_DISCOUNT_FACTOR if get_sale_period(day) else 1.0
    low, high = (
        min(percent * factor / 100, MAXIMUM_DISCOUNT) for percent in segment.discount_percent
    )
    return Discount(segment.discount_probability, low, high)


def _get_discount_type(discount_share: float, day: date, usual: str) -> str:
    if discount_share <= 0:
        return "none"
    if get_sale_period(day):
        return "sale"
    return "clearance" if discount_share > CLEARANCE_ABOVE else usual


def get_pos_discount_type(discount_share: float, day: date) -> str:
    """The type (none, segment, sale, clearance) of a discount of a share (0-1) of the price."""
    return _get_discount_type(discount_share, day, "segment")


def get_order_discount_type(discount_share: float, day: date) -> str:
    """The type (none, promo, sale, clearance) of a discount of a share (0-1) of the price."""
    return _get_discount_type(discount_share, day, "promo")
