"""The events of the contract, typed: a record for each stream, its fields in contract order.

`….read(event)` takes the JSON object of a line and gives none where the event is dropped whole.
Values are as they are typed, before defaults: a field that is missing is none.
Two deliveries are the same event when their records are equal.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from tests.support.oracle.contract_values import (
    typed_amount,
    typed_array,
    typed_integer,
    typed_object,
    typed_text,
    typed_timestamp,
    typed_unit_amount,
    typed_word,
)

Json = dict[str, Any]

TRANSACTION_TYPES = {"sale", "return"}
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
    """As written, with its sign."""
    price: Decimal | None
    discount: Decimal | None
    """Per unit."""
    discount_type: str | None
    quantity_requested: int | None
    line_total: Decimal | None

    @classmethod
    def read(cls, element: Any) -> Self:
        """What is no object is a line item with every field missing."""
        item = element if isinstance(element, dict) else {}
        return cls(
            sku=typed_text(item.get("sku")),
            quantity=typed_integer(item.get("qty")),
            price=typed_unit_amount(item.get("price")),
            discount=typed_unit_amount(item.get("discount")),
            discount_type=typed_text(item.get("discount_type")),
            quantity_requested=typed_integer(item.get("qty_requested")),
            line_total=typed_amount(item.get("line_total")),
        )


def line_items(event: Json) -> tuple[LineItem, ...]:
    return tuple(LineItem.read(element) for element in typed_array(event.get("items")))


@dataclass(frozen=True)
class Sale:
    """A transaction at a store's register."""

    source: ClassVar[str] = "pos"
    id_field: ClassVar[str] = "transaction_id"

    id: str
    store_id: str | None
    register_id: int | None
    at: datetime
    customer_id: str | None
    customer_segment: str | None
    channel_code: str | None
    items: tuple[LineItem, ...]
    payment_method: str | None
    associate_id: str | None
    transaction_type: str | None
    """Lower case."""
    original_transaction_id: str | None
    updated_at: datetime | None

    @classmethod
    def read(cls, event: Json) -> Self | None:
        id_ = typed_text(event.get("transaction_id"))
        at = typed_timestamp(event.get("timestamp"))
        items = line_items(event)
        transaction_type = typed_word(event.get("transaction_type"))
        if id_ is None or at is None or not items:
            return None
        if transaction_type is not None and transaction_type not in TRANSACTION_TYPES:
            return None
        return cls(
            id=id_,
            store_id=typed_text(event.get("store_id")),
            register_id=typed_integer(event.get("register_id")),
            at=at,
            customer_id=typed_text(event.get("customer_id")),
            customer_segment=typed_text(event.get("customer_segment")),
            channel_code=typed_text(event.get("channel_code")),
            items=items,
            payment_method=typed_text(event.get("payment_method")),
            associate_id=typed_text(event.get("associate_id")),
            transaction_type=transaction_type,
            original_transaction_id=typed_text(event.get("original_transaction_id")),
            updated_at=typed_timestamp(event.get("updated_at")),
        )

    @property
    def place(self) -> str | None:
        """Where it happened: a correction keeps it."""
        return self.store_id

    @property
    def is_return(self) -> bool:
        return self.transaction_type == "return"

    @property
    def sold_through(self) -> str | None:
        """The channel's code."""
        return self.channel_code or "STORE_POS"


@dataclass(frozen=True)
class Order:
    """An order at an online channel."""

    source: ClassVar[str] = "ecommerce"
    id_field: ClassVar[str] = "order_id"

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
    status: str | None
    """Lower case; `canceled` is `cancelled`."""
    updated_at: datetime | None

    @classmethod
    def read(cls, event: Json) -> Self | None:
        id_ = typed_text(event.get("order_id"))
        at = typed_timestamp(event.get("timestamp"))
        items = line_items(event)
        status = typed_word(event.get("status"))
        if status == "canceled":
            status = "cancelled"
        if id_ is None or at is None or not (items or status == "cancelled"):
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
            status=status,
            updated_at=typed_timestamp(event.get("updated_at")),
        )

    @property
    def place(self) -> None:
        """An order happens nowhere."""

    @property
    def is_return(self) -> bool:
        return False

    @property
    def sold_through(self) -> str | None:
        """The channel's code."""
        return self.channel_code


@dataclass(frozen=True)
class Movement:
    """A change of stock."""

    source: ClassVar[str] = "inventory"
    id_field: ClassVar[str] = "movement_id"

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
    updated_at: datetime | None

    @classmethod
    def read(cls, event: Json) -> Self | None:
        id_ = typed_text(event.get("movement_id"))
        movement_type = typed_word(event.get("movement_type"))
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
            updated_at=typed_timestamp(event.get("updated_at")),
        )

    @property
    def place(self) -> str:
        """Where it happened: a correction keeps it."""
        return self.location_id

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
    id_field: ClassVar[str] = "event_id"

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
    updated_at: datetime | None

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
            updated_at=typed_timestamp(event.get("updated_at")),
        )

    @property
    def place(self) -> None:
        """A click happens nowhere."""
