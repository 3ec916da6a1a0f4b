"""What a line item of a sale means in money; the two sales facts and their union share it."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from tests.support.oracle.contract_values import ZERO, date_key, time_key, to_cents
from tests.support.oracle.events import Order, Sale
from tests.support.oracle.master_data import MasterData

UNKNOWN_COST_SHARE = Decimal("0.40")


@dataclass(frozen=True)
class SalesLine:
    """The columns that the two sales facts have in common."""

    line_item_id: str
    transaction_id: str
    line_number: int
    customer_key: int
    product_key: int
    location_key: int
    channel_key: int
    date_key: int
    time_key: int
    order_number: str
    pos_terminal_id: str | None
    sales_associate_id: str | None
    quantity_sold: int
    quantity_requested: int
    is_inventory_constrained: bool
    unit_price: Decimal
    discount_amount: Decimal
    net_sales_amount: Decimal
    tax_amount: Decimal
    gross_margin_amount: Decimal
    is_return: bool
    is_promotional: bool
    is_clearance: bool
    fulfillment_type: str
    payment_method: str
    source_system: str
    event_at: datetime
    sku: str
    channel_code: str | None
    customer_id: str | None
    original_transaction_id: str | None
    discount_type: str
    local_date: date


@dataclass(frozen=True)
class AnyLine(SalesLine):
    """A row of gold_sales_fact_all."""

    counted_order_id: str | None

    @classmethod
    def of(cls, line: SalesLine) -> Self:
        """The same line; it counts for an order where something was sold, not brought back."""
        order_id = f"{line.source_system}:{line.transaction_id}" if line.quantity_sold > 0 else None
        common = {field.name: getattr(line, field.name) for field in fields(SalesLine)}
        return cls(**common, counted_order_id=order_id)


@dataclass(frozen=True)
class SoldItem:
    """A line item with all that a sale needs; what comes back is a line item as well."""

    position: int
    sku: str
    quantity: int
    """Above zero, of what comes back, too."""
    quantity_requested: int
    price: Decimal
    discount: Decimal
    discount_type: str
    is_return: bool
    is_cancelled: bool

    @property
    def sign(self) -> int:
        if self.is_cancelled:
            return 0
        return -1 if self.is_return else 1

    @property
    def discount_amount(self) -> Decimal:
        return self.sign * to_cents(self.quantity * self.discount)

    @property
    def net_sales_amount(self) -> Decimal:
        return self.sign * to_cents(self.quantity * self.price) - self.discount_amount


def sold_items(event: Sale | Order) -> Iterator[SoldItem]:
    """The line items that count; the others are dropped, each alone."""
    for position, item in enumerate(event.items, start=1):
        if item.sku is None or not item.quantity or item.price is None or item.price < 0:
            continue
        if isinstance(event, Order) and item.quantity < 0:
            continue
        is_return = event.is_return or item.quantity < 0
        quantity = abs(item.quantity)
        requested = None if is_return else item.quantity_requested
        yield SoldItem(
            position=position,
            sku=item.sku,
            quantity=quantity,
            quantity_requested=quantity if requested is None else requested,
            price=item.price,
            discount=ZERO if item.discount is None else item.discount,
            discount_type=item.discount_type or "none",
            is_return=is_return,
            is_cancelled=isinstance(event, Order) and event.status == "cancelled",
        )


def line_columns(
    event: Sale | Order, item: SoldItem, tax_rate: Decimal, master: MasterData
) -> dict[str, Any]:
    """The columns that do not depend on the stream."""
    local = master.local_time(event.at, event.store_id if isinstance(event, Sale) else None)
    unit_cost = master.unit_cost(item.sku, local.date())
    if unit_cost is None:
        unit_cost = to_cents(item.price * UNKNOWN_COST_SHARE)
    net = item.net_sales_amount
    return {
        "line_item_id": f"{event.id}-{item.position}",
        "transaction_id": event.id,
        "line_number": item.position,
        "customer_key": master.customer_key(event.customer_id, local.date()),
        "product_key": master.product_key(item.sku),
        "channel_key": master.channel_key(event.sold_through),
        "date_key": date_key(local),
        "time_key": time_key(local),
        "order_number": event.id,
        "quantity_sold": item.sign * item.quantity,
        "quantity_requested": -item.quantity if item.is_return else item.quantity_requested,
        "is_inventory_constrained": (
            not item.is_cancelled and item.quantity_requested > item.quantity
        ),
        "unit_price": to_cents(item.price),
        "discount_amount": item.discount_amount,
        "net_sales_amount": net,
        "tax_amount": to_cents(net * tax_rate),
        "gross_margin_amount": net - item.sign * item.quantity * unit_cost,
        "is_return": item.is_return,
        "is_clearance": item.discount_type == "clearance",
        "payment_method": event.payment_method or "unknown",
        "event_at": event.at,
        "sku": item.sku,
        "channel_code": event.sold_through,
        "customer_id": event.customer_id,
        "original_transaction_id": (
            event.original_transaction_id if isinstance(event, Sale) else None
        ),
        "discount_type": item.discount_type,
        "local_date": local.date(),
    }
