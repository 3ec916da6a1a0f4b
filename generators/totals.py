"""Control totals: what a load of events must add up to."""

from dataclasses import dataclass
from typing import Self


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
