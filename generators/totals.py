"""Control totals: what a load of events must add up to."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over events.

    Attributes:
        events: Number of events.
        line_items: Number of line items in them; 0 for streams that have none.
        quantity: Pieces sold, negative where they come back; of stock movements the signed effect
            on stock; 0 for clickstream.
        net_sales_cents: Cents after discounts and before tax, negative where they are paid back.
    """

    events: int = 0
    line_items: int = 0
    quantity: int = 0
    net_sales_cents: int = 0

    def __add__(self, other: Self) -> "Totals":
        """The totals of both together."""
        return Totals(
            self.events + other.events,
            self.line_items + other.line_items,
            self.quantity + other.quantity,
            self.net_sales_cents + other.net_sales_cents,
        )

    def __sub__(self, other: Self) -> "Totals":
        """The totals without those of the other."""
        return Totals(
            self.events - other.events,
            self.line_items - other.line_items,
            self.quantity - other.quantity,
            self.net_sales_cents - other.net_sales_cents,
        )


_TYPE_FIELDS = {
    "pos": "transaction_type",
    "inventory": "movement_type",
    "clickstream": "event_type",
}
_STOCK_EFFECTS = {"receipt": 1, "transfer_in": 1, "transfer_out": -1, "sale": -1, "return": 1}

_INTEGER = re.compile(r"[+-]?[0-9]+")
_AMOUNT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")

NO_TYPE = "unknown"
"""The type of an event that has none."""


def _read_quantity(value: Any) -> int | None:
    """A number of pieces, as the event contract reads it; None where it is unusable."""
    text = str(value).strip(" ")
    if not _INTEGER.fullmatch(text) or abs(int(text)) > 1_000_000:
        return None
    return int(text)


def _read_unit_amount(value: Any) -> Decimal | None:
    """A price or discount of a unit in dollars, to six decimals, as the event contract has it."""
    text = str(value).strip(" ")
    if not _AMOUNT.fullmatch(text) or abs(Decimal(text)) >= 1_000_000_000:
        return None
    return Decimal(text).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def _to_cents(amount: Decimal) -> int:
    return int(amount.scaleb(2).quantize(Decimal(1), ROUND_HALF_UP))


def _is_cancelled(event: dict[str, Any]) -> bool:
    """Whether an order is: it sells nothing."""
    return str(event.get("status")).strip(" ").lower() in ("cancelled", "canceled")


def _count_item(item: dict[str, Any], is_return: bool) -> tuple[int, int]:
    """Quantity and net cents of a line item; both are 0 when either cannot be read.

    Of a return the absolute quantity comes back, whatever its sign.
    """
    quantity, price = _read_quantity(item.get("qty")), _read_unit_amount(item.get("price"))
    if quantity is None or price is None:
        return 0, 0
    if is_return:
        quantity = -abs(quantity)
    discount = _read_unit_amount(item.get("discount")) or Decimal(0)
    return quantity, _to_cents(quantity * price) - _to_cents(quantity * discount)


def _count_event(stream: str, event: dict[str, Any]) -> tuple[str, Totals]:
    """An event's type and totals."""
    field = _TYPE_FIELDS.get(stream)
    event_type = event.get(field) if field else "order"
    if not (isinstance(event_type, str) and event_type):
        event_type = NO_TYPE
    if stream == "clickstream":
        return event_type, Totals(1)
    if stream == "inventory":
        quantity = _read_quantity(event.get("quantity")) or 0
        if event_type in _STOCK_EFFECTS:
            quantity = abs(quantity) * _STOCK_EFFECTS[event_type]
        return event_type, Totals(1, quantity=quantity)
    items = event.get("items")
    is_return = stream == "pos" and event_type.lower() == "return"
    counted = [_count_item(item, is_return) for item in items] if isinstance(items, list) else []
    if stream == "ecommerce" and _is_cancelled(event):
        return event_type, Totals(1, len(counted))
    return event_type, Totals(
        events=1,
        line_items=len(counted),
        quantity=sum(quantity for quantity, _ in counted),
        net_sales_cents=sum(cents for _, cents in counted),
    )


def count_events(stream: str, lines: Iterable[bytes]) -> dict[str, Totals]:
    """The control totals of events of a stream, as their files hold them, by type of event.

    What a reader cannot read does not count: a line that is not a JSON object, or a line item
    without a usable quantity and price.
    """
    counted: dict[str, Totals] = {}
    for line in lines:
        try:
            event = json.loads(line, parse_float=Decimal)
        except ValueError:
            continue
        if isinstance(event, dict):
            event_type, totals = _count_event(stream, event)
            counted[event_type] = counted.get(event_type, Totals()) + totals
    return counted


def exchange(
    totals: Mapping[str, Totals], gone: Mapping[str, Totals], come: Mapping[str, Totals]
) -> dict[str, Totals]:
    """Totals by type, less some events and plus others."""
    exchanged = {
        event_type: totals.get(event_type, Totals())
        - gone.get(event_type, Totals())
        + come.get(event_type, Totals())
        for event_type in {**totals, **come}
    }
    return {event_type: part for event_type, part in exchanged.items() if part.events}
