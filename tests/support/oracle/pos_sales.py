"""gold_sales_fact: a row for each line item at a register."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.support.oracle.events import Sale
from tests.support.oracle.master_data import MasterData
from tests.support.oracle.sales_lines import SalesLine, line_columns, sold_items


@dataclass(frozen=True)
class PosLine(SalesLine):
    """A row of gold_sales_fact."""

    location_id: str | None


def pos_lines(sales: Iterable[Sale], master: MasterData) -> Iterator[PosLine]:
    for sale in sales:
        store = sale.store_id or "unknown"
        register = "unknown" if sale.register_id is None else sale.register_id
        day = master.local_time(sale.at, sale.store_id).date()
        tax_rate = master.tax_rate_of_store(sale.store_id, day)
        for item in sold_items(sale):
            yield PosLine(
                **line_columns(sale, item, tax_rate, master),
                location_key=master.location_key(sale.store_id),
                pos_terminal_id=f"{store}-REG-{register}",
                sales_associate_id=sale.associate_id or "unknown",
                is_promotional=item.discount > 0,
                fulfillment_type="in_store",
                source_system="pos",
                location_id=sale.store_id,
            )
