"""gold_sales_fact_ecommerce: a row for each line item of an order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.oracle.contract_values import UNKNOWN
from tests.oracle.events import Order
from tests.oracle.master_data import MasterData
from tests.oracle.sales_lines import SalesLine, amounts, of_line_item, sold_items


@dataclass(frozen=True)
class OrderLine(SalesLine):
    """A row of gold_sales_fact_ecommerce."""

    promo_code: str | None
    session_id: str | None
    ship_to_state: str


def order_lines(orders: Iterable[Order], master: MasterData) -> Iterator[OrderLine]:
    for order in orders:
        for item in sold_items(order):
            yield OrderLine(
                **of_line_item(order, item, master),
                **amounts(item, master.tax_rate_of_state(order.state), master, sign=1),
                location_key=UNKNOWN,
                pos_terminal_id=None,
                sales_associate_id=None,
                quantity_requested=item.quantity_requested,
                is_inventory_constrained=item.quantity_requested > item.quantity,
                is_return=False,
                is_promotional=item.discount > 0 or order.promo_code is not None,
                fulfillment_type=order.shipping_method or "unknown",
                source_system="ecommerce",
                promo_code=order.promo_code,
                session_id=order.session_id,
                ship_to_state=order.state or "unknown",
            )
