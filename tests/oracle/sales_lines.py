"""What a line item of a sale means in money; the two sales facts and their union share it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.oracle.contract_values import date_key, time_key, to_cents
from tests.oracle.events import Order, Sale
from tests.oracle.master_data import MasterData

UNKNOWN_COST_SHARE = Decimal("0.40")


@dataclass(frozen=True)
class SalesLine:
    """A row of gold_sales_fact_all, and the columns that the two sales facts have in common."""

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


@dataclass(frozen=True)
class SoldItem:
    """A line item with all that a sale needs."""

    position: int
    sku: str
    quantity: int
    quantity_requested: int
    price: Decimal
    discount: Decimal
    discount_type: str


def sold_items(event: Sale | Order) -> Iterator[SoldItem]:
    """The line items that count; the others are dropped, each alone."""
    for position, item in enumerate(event.items, start=1):
        if item.sku is None or item.quantity is None or item.price is None:
            continue
        if item.quantity > 0 and item.price >= 0:
            yield SoldItem(position, **vars(item))


def of_line_item(event: Sale | Order, item: SoldItem, master: MasterData) -> dict[str, Any]:
    """The columns that depend neither on the place nor on the sense of the sale."""
    return {
        "line_item_id": f"{event.id}-{item.position}",
        "transaction_id": event.id,
        "line_number": item.position,
        "customer_key": master.customer_key(event.customer_id, event.at),
        "product_key": master.product_key(item.sku),
        "channel_key": master.channel_key(event.channel_code),
        "date_key": date_key(event.at),
        "time_key": time_key(event.at),
        "order_number": event.id,
        "unit_price": item.price,
        "is_clearance": item.discount_type == "clearance",
        "payment_method": event.payment_method or "unknown",
        "event_at": event.at,
        "sku": item.sku,
        "channel_code": event.channel_code,
        "customer_id": event.customer_id,
    }


def amounts(item: SoldItem, tax_rate: Decimal, master: MasterData, sign: int) -> dict[str, Any]:
    """Quantity and money of a sale, or with the sign -1 of a return."""
    unit_cost = master.unit_cost(item.sku)
    if unit_cost is None:
        unit_cost = to_cents(item.price * UNKNOWN_COST_SHARE)
    discount = item.quantity * item.discount
    net = item.quantity * item.price - discount
    return {
        "quantity_sold": sign * item.quantity,
        "discount_amount": sign * discount,
        "net_sales_amount": sign * net,
        "tax_amount": sign * to_cents(net * tax_rate),
        "gross_margin_amount": sign * (net - item.quantity * unit_cost),
    }
