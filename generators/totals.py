"""Control totals: what a load of events must add up to."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
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


_STOCK_EFFECTS = {"receipt": 1, "transfer_in": 1, "transfer_out": -1, "sale": -1, "return": 1}


def _count_event(stream: str, event: dict[str, Any]) -> tuple[str, Totals]:
    """An event's type and totals."""
    if stream == "clickstream":
        return event["event_type"], Totals(1)
    if stream == "inventory":
        movement_type, quantity = event["movement_type"], event["quantity"]
        if movement_type in _STOCK_EFFECTS:
            quantity = abs(quantity) * _STOCK_EFFECTS[movement_type]
        return movement_type, Totals(1, quantity=quantity)
    event_type = event["transaction_type"] if stream == "pos" else "order"
    sign = -1 if event_type == "return" else 1
    items = event["items"]
    net = sum(item["qty"] * (item["price"] - item["discount"]) for item in items)
    quantity = sum(item["qty"] for item in items)
    return event_type, Totals(1, len(items), sign * quantity, sign * int(net * 100))


def count_events(stream: str, lines: Iterable[bytes]) -> dict[str, Totals]:
    """The control totals of events of a stream, as their files hold them, by type of event."""
    counted: dict[str, Totals] = {}
    for line in lines:
        event_type, totals = _count_event(stream, json.loads(line, parse_float=Decimal))
        counted[event_type] = counted.get(event_type, Totals()) + totals
    return counted
