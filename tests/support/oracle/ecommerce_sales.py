"""gold_sales_fact_ecommerce: a row for each line item of an order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.support.oracle.contract_values import UNKNOWN
from tests.support.oracle.events import Order
from tests.support.oracle.master_data import MasterData
from tests.support.oracle.sales_lines import SalesLine, line_columns, sold_items


@dataclass(frozen=True)
class OrderLine(SalesLine):
    """A row of gold_sales_fact_ecommerce."""

    promo_code: str | None
    session_id: str | None
    ship_to_state: str
    order_status: str


def order_lines(orders: Iterable[Order], master: MasterData) -> Iterator[OrderLine]:
    for order in orders:
        tax_rate = master.tax_rate_of_state(order.state, master.local_time(order.at).date())
        for item in sold_items(order):
            yield OrderLine(
                **line_columns(order, item, tax_rate, master),
                location_key=UNKNOWN,
                pos_terminal_id=None,
                sales_associate_id=None,
                is_promotional=item.discount > 0 or order.promo_code is not None,
                fulfillment_type=order.shipping_method or "unknown",
                source_system="ecommerce",
                promo_code=order.promo_code,
                session_id=order.session_id,
                ship_to_state=order.state or "unknown",
                order_status=order.status or "placed",
            )
