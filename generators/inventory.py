"""Movements of stock: what the sales, the returns and the night run of a day do to it.

The night run books its movements in the order in which they could happen, minute by minute: counts
are put right, goods are brought back to the distribution centre, vendors deliver to it, it delivers
to stores and warehouses, and what it has too much of is written off. So no stock is negative at any
instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Self

import numpy as np

from generators.baskets import PRODUCT_COUNT, Baskets
from generators.business_day import MINUTE_MS, Ints, get_draws, get_night, order_by_time
from generators.orders import Orders
from generators.pos import Transactions
from generators.randomness import weighted_table
from generators.stock import ADJUSTMENT_WEIGHTS, CENTRE, Adjustments, CentreNight, Night
from generators.world import World

MOVEMENT_TYPES: tuple[str, ...] = (
    "receipt",
    "transfer_in",
    "transfer_out",
    "sale",
    "return",
    "adjustment",
)
RECEIPT, TRANSFER_IN, TRANSFER_OUT, SALE, RETURN, ADJUSTMENT = range(len(MOVEMENT_TYPES))

REASON_CODES: tuple[str, ...] = (
    *ADJUSTMENT_WEIGHTS,
    "PO_RECEIPT",
    "ASN_RECEIPT",
    "DC_REPLENISHMENT",
    "DC_RETURN",
    "REBALANCE",
    "POS_SALE",
    "ONLINE_SALE",
    "CUSTOMER_RETURN",
    "DEFECTIVE_RETURN",
    "EXCHANGE",
)

REFERENCE_PREFIXES: tuple[str, ...] = ("TXN", "ORD", "TFR", "PO")

RECEIPT_WEIGHTS: dict[str, int] = {"PO_RECEIPT": 70, "ASN_RECEIPT": 30}

RETURN_WEIGHTS: dict[str, int] = {"CUSTOMER_RETURN": 80, "DEFECTIVE_RETURN": 12, "EXCHANGE": 8}

_RECEIPT_TABLE = weighted_table(list(RECEIPT_WEIGHTS.values()))
_RETURN_TABLE = weighted_table(list(RETURN_WEIGHTS.values()))

# First minute and number of minutes of the night run's parts.
_COUNTS = (0, 5)
_LEAVING_PLACES = (5, 4)
_ARRIVING_AT_CENTRE = (9, 4)
_RECEIPTS = (13, 3)
_LEAVING_CENTRE = (16, 4)
_ARRIVING_AT_PLACES = (20, 7)
_WRITING_OFF = (27, 3)


@dataclass(frozen=True, slots=True)
class Movements:
    """Movements of stock by time, one a row.

    Attributes:
        kind: Index in MOVEMENT_TYPES.
        instant: When it is booked (ms since 1970, UTC).
        location: Index in LOCATIONS.
        product: Index in ACTIVE_PRODUCTS.
        quantity: Its effect on the stock.
        reason: Index in REASON_CODES.
        reference: Index in REFERENCE_PREFIXES; -1 without a reference.
        reference_number: Number of what is referred to within the day.
    """

    kind: Ints
    instant: Ints
    location: Ints
    product: Ints
    quantity: Ints
    reason: Ints
    reference: Ints
    reference_number: Ints

    def slice(self, start: int, stop: int) -> Self:
        """The movements from a position up to, but not including, another."""
        rows = slice(start, stop)
        return type(self)(
            self.kind[rows],
            self.instant[rows],
            self.location[rows],
            self.product[rows],
            self.quantity[rows],
            self.reason[rows],
            self.reference[rows],
            self.reference_number[rows],
        )


def _movements(
    kind: int | Ints,
    instant: Ints,
    location: int | Ints,
    product: Ints,
    quantity: Ints,
    reason: int | Ints,
    reference: str | None = None,
    number: int | Ints = 0,
) -> Movements:
    """Movements of which some columns have one value."""
    code = REFERENCE_PREFIXES.index(reference) if reference else -1
    columns = (kind, instant, location, product, quantity, reason, code, number)
    return Movements(*(np.broadcast_to(column, product.shape) for column in columns))


def _concatenate(parts: Sequence[Movements]) -> Movements:
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Movements)
    }
    order = order_by_time(columns["instant"])
    return Movements(**{name: column[order] for name, column in columns.items()})


def _sold(baskets: Baskets, instant: Ints, reason: str, reference: str) -> Movements:
    owner = baskets.owner
    return _movements(
        SALE,
        instant[owner],
        baskets.place[owner],
        baskets.product,
        -baskets.quantity,
        REASON_CODES.index(reason),
        reference,
        baskets.number[owner],
    )


def _at_tills(world: World, day: date, transactions: Transactions) -> Movements:
    """What is sold and brought back at the tills."""
    baskets = transactions.baskets
    owner = baskets.owner
    is_return = transactions.sale_number[owner] > 0
    first_reason = REASON_CODES.index("CUSTOMER_RETURN")
    line = np.arange(len(owner), dtype=np.int64)
    why = get_draws(world, "inventory").choice("why", line, _RETURN_TABLE, day.toordinal())
    return _movements(
        np.where(is_return, RETURN, SALE),
        baskets.taken_at[owner],
        baskets.place[owner],
        baskets.product,
        np.where(is_return, baskets.quantity, -baskets.quantity),
        np.where(is_return, first_reason + why, REASON_CODES.index("POS_SALE")),
        "TXN",
        baskets.number[owner],
    )


def count_returned(transactions: Transactions, places: int) -> Ints:
    """Pieces that were brought back: places by products."""
    baskets = transactions.baskets
    lines = transactions.sale_number[baskets.owner] > 0
    cell = baskets.place[baskets.owner[lines]] * PRODUCT_COUNT + baskets.product[lines]
    pieces = np.bincount(cell, baskets.quantity[lines], minlength=places * PRODUCT_COUNT)
    return pieces.astype(np.int64).reshape(places, PRODUCT_COUNT)


class _NightRun:
    """Books the movements of a night run."""

    def __init__(self, world: World, day: date) -> None:
        self._draws = get_draws(world, "inventory")
        self._ordinal = day.toordinal()
        self._start = get_night(day)
        self._transfers = 0

    def _instants(self, part: tuple[int, int], rows: Ints) -> Ints:
        """Instants in a part of the night run, one a row."""
        within = self._draws.below(f"minute {part[0]}", rows, part[1] * MINUTE_MS, self._ordinal)
        return self._start + part[0] * MINUTE_MS + within

    def adjust(self, adjustments: Adjustments) -> Movements:
        """Put counts right."""
        cell = adjustments.location * PRODUCT_COUNT + adjustments.product
        return _movements(
            ADJUSTMENT,
            self._instants(_COUNTS, cell),
            adjustments.location,
            adjustments.product,
            adjustments.quantity,
            adjustments.reason,
        )

    def transfer(self, pieces: Ints, reason: str, to_centre: bool) -> list[Movements]:
        """Both legs of transfers between the places, a table by products, and the centre."""
        place, product = np.nonzero(pieces)
        quantity = pieces[place, product]
        number = self._transfers + 1 + np.arange(len(place))
        leaving = _LEAVING_PLACES if to_centre else _LEAVING_CENTRE
        arriving = _ARRIVING_AT_CENTRE if to_centre else _ARRIVING_AT_PLACES
        source, target = (place, CENTRE) if to_centre else (CENTRE, place)
        legs = [
            _movements(
                kind,
                self._instants(part, number),
                location,
                product,
                sign * quantity,
                REASON_CODES.index(reason),
                "TFR",
                number,
            )
            for kind, part, location, sign in (
                (TRANSFER_OUT, leaving, source, -1),
                (TRANSFER_IN, arriving, target, 1),
            )
        ]
        self._transfers += len(place)
        return legs

    def receive(self, received: Ints) -> Movements:
        """Take what vendors deliver to the centre."""
        product = np.flatnonzero(received)
        reason = self._draws.choice("receipt", product, _RECEIPT_TABLE, self._ordinal)
        return _movements(
            RECEIPT,
            self._instants(_RECEIPTS, product),
            CENTRE,
            product,
            received[product],
            REASON_CODES.index("PO_RECEIPT") + reason,
            "PO",
            1 + np.arange(len(product)),
        )

    def write_off(self, written_off: Ints) -> Movements:
        """Drop what the centre has too much of."""
        product = np.flatnonzero(written_off)
        return _movements(
            ADJUSTMENT,
            self._instants(_WRITING_OFF, product),
            CENTRE,
            product,
            -written_off[product],
            REASON_CODES.index("DAMAGE"),
        )


def make_movements(
    world: World,
    day: date,
    transactions: Transactions,
    orders: Orders,
    returned: Ints,
    night: Night,
    centre_night: CentreNight,
) -> Movements:
    """The movements of a day."""
    run = _NightRun(world, day)
    return _concatenate(
        [
            _at_tills(world, day, transactions),
            _sold(orders.baskets, orders.placed_at, "ONLINE_SALE", "ORD"),
            run.adjust(night.adjustments),
            run.adjust(centre_night.adjustments),
            *run.transfer(returned, "DC_RETURN", to_centre=True),
            *run.transfer(night.sent_back, "REBALANCE", to_centre=True),
            run.receive(centre_night.received),
            *run.transfer(night.delivered, "DC_REPLENISHMENT", to_centre=False),
            run.write_off(centre_night.written_off),
        ]
    )
