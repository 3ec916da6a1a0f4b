"""gold_sales_fact: a row for each line item at a register."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.oracle.events import Sale
from tests.oracle.master_data import MasterData
from tests.oracle.sales_lines import SalesLine, amounts, of_line_item, sold_items


@dataclass(frozen=True)
class PosLine(SalesLine):
    """A row of gold_sales_fact."""

    location_id: str | None


def pos_lines(sales: Iterable[Sale], master: MasterData) -> Iterator[PosLine]:
    for sale in sales:
        is_return = sale.transaction_type == "return"
        sign = -1 if is_return else 1
        store = sale.store_id or "unknown"
        register = "unknown" if sale.register_id is None else sale.register_id
        for item in sold_items(sale):
            requested = item.quantity if is_return else item.quantity_requested
            yield PosLine(
                **of_line_item(sale, item, master),
                **amounts(item, master.tax_rate_of_store(sale.store_id), master, sign),
                location_key=master.location_key(sale.store_id),
                pos_terminal_id=f"{store}-REG-{register}",
                sales_associate_id=sale.associate_id or "unknown",
                quantity_requested=sign * requested,
                is_inventory_constrained=requested > item.quantity,
                is_return=is_return,
                is_promotional=item.discount > 0,
                fulfillment_type="in_store",
                source_system="pos",
                location_id=sale.store_id,
            )
