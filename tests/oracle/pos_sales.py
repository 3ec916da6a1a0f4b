"""gold_sales_fact in plain Python, from the landed files and the master data alone.

Decimals only, no SQL and no code of the generators: what the warehouse says must follow from what
the files say.
"""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.oracle.contract_values import (
    to_cents,
    typed_amount,
    typed_integer,
    typed_text,
    typed_timestamp,
)

UNKNOWN = -1
UNKNOWN_TAX_RATE = Decimal("0.07")
UNKNOWN_COST_SHARE = Decimal("0.40")


@dataclass(frozen=True)
class SalesLine:
    """A row of gold_sales_fact, column by column."""

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
    pos_terminal_id: str
    sales_associate_id: str
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
    location_id: str | None
    channel_code: str
    customer_id: str | None


COLUMNS = [column.name for column in fields(SalesLine)]


class MasterData:
    """Keys, costs and tax rates by natural id, from the seeds."""

    def __init__(self, seeds: Path) -> None:
        def rows(name: str) -> list[dict[str, str]]:
            with (seeds / name).open(newline="", encoding="utf-8") as file:
                return list(csv.DictReader(file))

        products = rows("master_products.csv")
        locations = rows("master_locations.csv")
        self.product_keys = {row["sku"]: int(row["product_number"]) for row in products}
        self.unit_costs = {row["sku"]: Decimal(row["unit_cost"]) for row in products}
        self.location_keys = {row["location_id"]: int(row["location_number"]) for row in locations}
        self.tax_rates = {row["location_id"]: Decimal(row["state_tax_rate"]) for row in locations}
        self.channel_keys = {
            row["channel_code"]: int(row["channel_number"]) for row in rows("master_channels.csv")
        }
        # There was one export of the customers, so each has one version.
        self.customer_keys = {
            row["customer_id"]: int(row["customer_number"]) * 1000 + 1
            for row in rows("master_customers.csv")
        }


def landed_events(folder: Path) -> Iterator[dict[str, Any]]:
    """Every event in the files of a folder, numbers as they are written."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(("_", ".")):
            continue
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        for line in content.decode().split("\n"):
            if line.strip():
                yield json.loads(line, parse_float=str, parse_int=str)


def expected_lines(events: Iterable[dict[str, Any]], master: MasterData) -> list[SalesLine]:
    """The facts of sound events, none of which comes twice."""
    return [
        line
        for event in events
        for position, item in enumerate(event["items"], start=1)
        if (line := expected_line(event, position, item, master)) is not None
    ]


def expected_line(
    event: dict[str, Any], position: int, item: dict[str, Any], master: MasterData
) -> SalesLine | None:
    """A line item's fact; none for one without product, quantity or price."""
    sku = typed_text(item.get("sku"))
    quantity = typed_integer(item.get("qty"))
    price = typed_amount(item.get("price"))
    if sku is None or quantity is None or quantity <= 0 or price is None or price < 0:
        return None
    unit_discount = typed_amount(item.get("discount")) or Decimal("0.00")
    requested = typed_integer(item.get("qty_requested"))
    requested = quantity if requested is None else requested

    transaction_id = typed_text(event["transaction_id"])
    at = typed_timestamp(event["timestamp"])
    assert transaction_id is not None and at is not None
    store = typed_text(event.get("store_id"))
    register = typed_integer(event.get("register_id"))
    channel = typed_text(event.get("channel_code")) or "STORE_POS"
    customer = typed_text(event.get("customer_id"))
    is_return = typed_text(event.get("transaction_type")) == "return"

    discount = quantity * unit_discount
    net = quantity * price - discount
    tax = to_cents(net * master.tax_rates.get(store or "", UNKNOWN_TAX_RATE))
    unit_cost = master.unit_costs.get(sku, to_cents(price * UNKNOWN_COST_SHARE))
    margin = net - quantity * unit_cost
    sign = -1 if is_return else 1
    return SalesLine(
        line_item_id=f"{transaction_id}-{position}",
        transaction_id=transaction_id,
        line_number=position,
        customer_key=master.customer_keys.get(customer or "", UNKNOWN),
        product_key=master.product_keys.get(sku, UNKNOWN),
        location_key=master.location_keys.get(store or "", UNKNOWN),
        channel_key=master.channel_keys.get(channel, UNKNOWN),
        date_key=at.year * 10000 + at.month * 100 + at.day if 2020 <= at.year <= 2035 else UNKNOWN,
        time_key=at.hour * 100 + at.minute // 15 * 15,
        order_number=transaction_id,
        pos_terminal_id=f"{store or 'unknown'}-REG-{'unknown' if register is None else register}",
        sales_associate_id=typed_text(event.get("associate_id")) or "unknown",
        quantity_sold=sign * quantity,
        quantity_requested=sign * (quantity if is_return else requested),
        is_inventory_constrained=not is_return and requested > quantity,
        unit_price=price,
        discount_amount=sign * discount,
        net_sales_amount=sign * net,
        tax_amount=sign * tax,
        gross_margin_amount=sign * margin,
        is_return=is_return,
        is_promotional=unit_discount > 0,
        is_clearance=typed_text(item.get("discount_type")) == "clearance",
        fulfillment_type="in_store",
        payment_method=typed_text(event.get("payment_method")) or "unknown",
        source_system="pos",
        event_at=at,
        sku=sku,
        location_id=store,
        channel_code=channel,
        customer_id=customer,
    )
