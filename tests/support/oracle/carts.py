"""gold_cart_abandonment_fact: a row for each session that was left with something in its cart."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.support.oracle.contract_values import ZERO, date_key, time_key
from tests.support.oracle.events import Click, Order
from tests.support.oracle.master_data import MasterData
from tests.support.oracle.sales_lines import sold_items

SESSION_IS_OVER_AFTER = timedelta(minutes=30)
RECOVERY_TAKES_AT_MOST = timedelta(days=7)
LARGEST_INT = 2**31 - 1
LARGEST_AMOUNT = Decimal("9999999999999999.99")


@dataclass(frozen=True)
class CartRow:
    """A row of gold_cart_abandonment_fact, with the natural ids behind its keys."""

    cart_id: str
    customer_key: int
    channel_key: int
    date_key: int
    time_key: int
    items_count: int
    cart_value: Decimal
    minutes_in_cart: int
    abandonment_stage: str
    is_recovered: bool
    recovery_order_id: str | None
    recovery_date_key: int | None
    recovery_revenue: Decimal
    event_at: datetime
    customer_id: str | None
    channel_code: str | None
    recovery_session_id: str | None
    local_date: date


@dataclass(frozen=True)
class Session:
    """The events of a session, in order."""

    id: str
    events: list[Click]

    @property
    def ended_at(self) -> datetime:
        return self.events[-1].at

    @property
    def customer_id(self) -> str | None:
        return self._last(lambda event: event.customer_id is not None).customer_id

    @property
    def channel_code(self) -> str | None:
        return self._last(lambda event: event.channel_code is not None).channel_code

    @property
    def cart(self) -> Click:
        """The last event that says what is in the cart."""
        return self._last(lambda e: e.cart_items is not None or e.cart_value is not None)

    def _last(self, says: Callable[[Click], bool]) -> Click:
        """The last event that says something; the last of all where none does."""
        return next((event for event in reversed(self.events) if says(event)), self.events[-1])

    def first_at(self, event_type: str) -> datetime | None:
        return next((event.at for event in self.events if event.event_type == event_type), None)

    def is_abandoned(self, now: datetime, checkouts: set[Click]) -> bool:
        return (
            self.first_at("add_to_cart") is not None
            and checkouts.isdisjoint(self.events)
            and (self.cart.cart_items or 0) > 0
            and now - self.ended_at >= SESSION_IS_OVER_AFTER
        )


def cart_rows(
    clicks: Iterable[Click], orders: Iterable[Order], now: datetime, master: MasterData
) -> Iterator[CartRow]:
    """The carts of the clicks and orders that count, at a time of the data."""
    clicks, orders = sorted(clicks, key=lambda click: (click.at, click.id)), list(orders)
    sessions: dict[str, list[Click]] = defaultdict(list)
    for click in clicks:
        sessions[click.session_id].append(click)
    checkouts = list(first_checkouts(clicks))
    carts = [
        session
        for session in (Session(id_, events) for id_, events in sessions.items())
        if session.is_abandoned(now, set(checkouts))
    ]
    recovering = recovering_checkouts(carts, checkouts, orders)
    for cart in carts:
        yield cart_row(cart, recovering.get(cart.id), orders, master)


def data_time(valid_clicks: Iterable[Click]) -> datetime:
    """The time of the newest valid event, also of one that lost: it never goes back."""
    return max((click.at for click in valid_clicks), default=datetime.min)


def first_checkouts(clicks: Iterable[Click]) -> Iterator[Click]:
    """What completes a checkout: of all that names one order the first; the clicks are in order."""
    named: set[str] = set()
    for click in clicks:
        if click.event_type == "complete_checkout" and click.order_id not in named:
            if click.order_id is not None:
                named.add(click.order_id)
            yield click


def recovering_checkouts(
    carts: Iterable[Session], checkouts: Iterable[Click], orders: Iterable[Order]
) -> dict[str, Click]:
    """The checkout that recovers a cart, by cart_id; the checkouts are in order."""
    carts_of: dict[str | None, list[Session]] = defaultdict(list)
    for cart in sorted(carts, key=lambda cart: (cart.ended_at, cart.id)):
        carts_of[cart.customer_id].append(cart)
    found: dict[str, Click] = {}
    for checkout in checkouts:
        if checkout.customer_id is None:
            continue
        before = [cart for cart in carts_of[checkout.customer_id] if cart.ended_at < checkout.at]
        if not before or checkout.at - before[-1].ended_at > RECOVERY_TAKES_AT_MOST:
            continue
        order = placed_order(checkout, orders)
        if order is None or order.at >= before[-1].ended_at:
            found.setdefault(before[-1].id, checkout)
    return found


def placed_order(checkout: Click, orders: Iterable[Order]) -> Order | None:
    """The order that a checkout made, where it has come."""
    if checkout.order_id is not None:
        mine = [order for order in orders if order.id == checkout.order_id]
    else:
        mine = [order for order in orders if order.session_id == checkout.session_id]
    return max(mine, key=lambda order: (order.at, order.id), default=None)


def recovery_order(checkout: Click, orders: Iterable[Order]) -> tuple[str | None, Decimal]:
    """The id of the order that a checkout made, which may not have come, and its net sales."""
    order = placed_order(checkout, orders)
    if order is None:
        return checkout.order_id, ZERO
    net = sum((item.net_sales_amount for item in sold_items(order)), ZERO)
    return order.id, max(min(net, LARGEST_AMOUNT), -LARGEST_AMOUNT)


def cart_row(
    cart: Session, checkout: Click | None, orders: Iterable[Order], master: MasterData
) -> CartRow:
    added_at = cart.first_at("add_to_cart")
    assert added_at is not None and cart.cart.cart_items is not None
    order_id, revenue = recovery_order(checkout, orders) if checkout else (None, ZERO)
    local = master.local_time(cart.ended_at)
    return CartRow(
        cart_id=cart.id,
        customer_key=master.customer_key(cart.customer_id, local.date()),
        channel_key=master.channel_key(cart.channel_code),
        date_key=date_key(local),
        time_key=time_key(local),
        items_count=cart.cart.cart_items,
        cart_value=cart.cart.cart_value or ZERO,
        minutes_in_cart=min((cart.ended_at - added_at) // timedelta(minutes=1), LARGEST_INT),
        abandonment_stage="cart" if cart.first_at("begin_checkout") is None else "checkout",
        is_recovered=checkout is not None,
        recovery_order_id=order_id,
        recovery_date_key=date_key(master.local_time(checkout.at)) if checkout else None,
        recovery_revenue=revenue,
        event_at=cart.ended_at,
        customer_id=cart.customer_id,
        channel_code=cart.channel_code,
        recovery_session_id=checkout.session_id if checkout else None,
        local_date=local.date(),
    )
