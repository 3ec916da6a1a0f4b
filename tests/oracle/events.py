"""The events of the contract, typed: a record for each stream, its fields in contract order.

`….read(event)` takes the JSON object of a line and gives none where the event is dropped whole.
Two deliveries are the same event when their records are equal.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from tests.oracle.contract_values import (
    ZERO,
    typed_amount,
    typed_array,
    typed_integer,
    typed_object,
    typed_text,
    typed_timestamp,
)

Json = dict[str, Any]

STOCK_EFFECT = {"receipt": 1, "transfer_in": 1, "transfer_out": -1, "sale": -1, "return": 1}
MOVEMENT_TYPES = {*STOCK_EFFECT, "adjustment"}
CLICK_TYPES = {
    "page_view",
    "product_view",
    "search",
    "add_to_cart",
    "remove_from_cart",
    "begin_checkout",
    "complete_checkout",
}


@dataclass(frozen=True)
class LineItem:
    """One position of `items`."""

    sku: str | None
    quantity: int | None
    price: Decimal | None
    discount: Decimal
    """Per unit."""
    discount_type: str
    quantity_requested: int | None

    @classmethod
    def read(cls, element: Any) -> Self:
        """What is no object is a line item with every field missing."""
        item = element if isinstance(element, dict) else {}
        quantity = typed_integer(item.get("qty"))
        requested = typed_integer(item.get("qty_requested"))
        return cls(
            sku=typed_text(item.get("sku")),
            quantity=quantity,
            price=typed_amount(item.get("price")),
            discount=typed_amount(item.get("discount")) or ZERO,
            discount_type=typed_text(item.get("discount_type")) or "none",
            quantity_requested=quantity if requested is None else requested,
        )


def line_items(event: Json) -> tuple[LineItem, ...]:
    return tuple(LineItem.read(element) for element in typed_array(event.get("items")))


@dataclass(frozen=True)
class Sale:
    """A transaction at a store's register."""

    source: ClassVar[str] = "pos"

    id: str
    store_id: str | None
    register_id: int | None
    at: datetime
    customer_id: str | None
    customer_segment: str | None
    channel_code: str
    items: tuple[LineItem, ...]
    payment_method: str | None
    associate_id: str | None
    transaction_type: str
    original_transaction_id: str | None

    @classmethod
    def read(cls, event: Json) -> Self | None:
        id_ = typed_text(event.get("transaction_id"))
        at = typed_timestamp(event.get("timestamp"))
        items = line_items(event)
        if id_ is None or at is None or not items:
            return None
        return cls(
            id=id_,
            store_id=typed_text(event.get("store_id")),
            register_id=typed_integer(event.get("register_id")),
            at=at,
            customer_id=typed_text(event.get("customer_id")),
            customer_segment=typed_text(event.get("customer_segment")),
            channel_code=typed_text(event.get("channel_code")) or "STORE_POS",
            items=items,
            payment_method=typed_text(event.get("payment_method")),
            associate_id=typed_text(event.get("associate_id")),
            transaction_type=typed_text(event.get("transaction_type")) or "sale",
            original_transaction_id=typed_text(event.get("original_transaction_id")),
        )


@dataclass(frozen=True)
class Order:
    """An order at an online channel."""

    source: ClassVar[str] = "ecommerce"

    id: str
    channel_code: str | None
    at: datetime
    customer_id: str | None
    customer_segment: str | None
    city: str | None
    state: str | None
    zip: str | None
    shipping_method: str | None
    items: tuple[LineItem, ...]
    payment_method: str | None
    promo_code: str | None
    session_id: str | None

    @classmethod
    def read(cls, event: Json) -> Self | None:
        id_ = typed_text(event.get("order_id"))
        at = typed_timestamp(event.get("timestamp"))
        items = line_items(event)
        if id_ is None or at is None or not items:
            return None
        address = typed_object(event.get("shipping_address"))
        return cls(
            id=id_,
            channel_code=typed_text(event.get("channel")),
            at=at,
            customer_id=typed_text(event.get("customer_id")),
            customer_segment=typed_text(event.get("customer_segment")),
            city=typed_text(address.get("city")),
            state=typed_text(address.get("state")),
            zip=typed_text(address.get("zip")),
            shipping_method=typed_text(event.get("shipping_method")),
            items=items,
            payment_method=typed_text(event.get("payment_method")),
            promo_code=typed_text(event.get("promo_code")),
            session_id=typed_text(event.get("session_id")),
        )


@dataclass(frozen=True)
class Movement:
    """A change of stock."""

    source: ClassVar[str] = "inventory"

    id: str
    movement_type: str
    """Lower case."""
    at: datetime
    location_id: str
    sku: str
    quantity: int
    """As written; its sign is only trusted of an adjustment."""
    reason_code: str | None
    reference_id: str | None
    cost_per_unit: Decimal | None

    @classmethod
    def read(cls, event: Json) -> Self | None:
        id_ = typed_text(event.get("movement_id"))
        movement_type = (typed_text(event.get("movement_type")) or "").lower()
        at = typed_timestamp(event.get("timestamp"))
        location = typed_text(event.get("location_id"))
        sku = typed_text(event.get("sku"))
        quantity = typed_integer(event.get("quantity"))
        if id_ is None or at is None or movement_type not in MOVEMENT_TYPES:
            return None
        if location is None or sku is None or quantity is None:
            return None
        return cls(
            id=id_,
            movement_type=movement_type,
            at=at,
            location_id=location,
            sku=sku,
            quantity=quantity,
            reason_code=typed_text(event.get("reason_code")),
            reference_id=typed_text(event.get("reference_id")),
            cost_per_unit=typed_amount(event.get("cost_per_unit")),
        )

    @property
    def quantity_change(self) -> int:
        """The stock effect, signed."""
        if self.movement_type == "adjustment":
            return self.quantity
        return STOCK_EFFECT[self.movement_type] * abs(self.quantity)


@dataclass(frozen=True)
class Click:
    """Something that a visitor of an online channel did."""

    source: ClassVar[str] = "clickstream"

    id: str
    session_id: str
    event_type: str
    at: datetime
    channel_code: str | None
    customer_id: str | None
    customer_segment: str | None
    page_url: str | None
    sku: str | None
    device_type: str | None
    browser: str | None
    referrer: str | None
    cart_items: int | None
    cart_value: Decimal | None
    order_id: str | None

    @classmethod
    def read(cls, event: Json) -> Self | None:
        id_ = typed_text(event.get("event_id"))
        session = typed_text(event.get("session_id"))
        event_type = typed_text(event.get("event_type"))
        at = typed_timestamp(event.get("timestamp"))
        if id_ is None or session is None or at is None or event_type not in CLICK_TYPES:
            return None
        cart = typed_object(event.get("cart"))
        return cls(
            id=id_,
            session_id=session,
            event_type=event_type,
            at=at,
            channel_code=typed_text(event.get("channel")),
            customer_id=typed_text(event.get("customer_id")),
            customer_segment=typed_text(event.get("customer_segment")),
            page_url=typed_text(event.get("page_url")),
            sku=typed_text(event.get("product_sku")),
            device_type=typed_text(event.get("device_type")),
            browser=typed_text(event.get("browser")),
            referrer=typed_text(event.get("referrer")),
            cart_items=typed_integer(cart.get("items")),
            cart_value=typed_amount(cart.get("value")),
            order_id=typed_text(event.get("order_id")),
        )
