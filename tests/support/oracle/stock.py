"""gold_inventory_fact: a row for each product, place and day on which something moved."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tests.support.oracle.contract_values import LAST_YEAR, UNKNOWN, ZERO, date_key
from tests.support.oracle.events import Movement
from tests.support.oracle.master_data import MasterData


@dataclass(frozen=True)
class StockRow:
    """A row of gold_inventory_fact."""

    product_key: int
    location_key: int
    date_key: int
    received_quantity: int
    transferred_in_quantity: int
    transferred_out_quantity: int
    sold_quantity: int
    returned_quantity: int
    adjusted_quantity: int
    net_change: int
    quantity_on_hand: int
    inventory_value_cost: Decimal
    inventory_value_retail: Decimal
    is_stockout: bool
    event_at: datetime
    local_date: date


def stock_rows(movements: Iterable[Movement], master: MasterData) -> Iterator[StockRow]:
    days: dict[tuple[int, int, int], list[tuple[datetime, Movement]]] = defaultdict(list)
    skus = {UNKNOWN: "UNKNOWN"}
    for movement in movements:
        product = master.product_key(movement.sku)
        if product != UNKNOWN:
            skus[product] = movement.sku
        place = master.location_key(movement.location_id)
        local = master.local_time(movement.at, movement.location_id)
        if local.year > LAST_YEAR:
            continue
        days[product, place, date_key(local)].append((local, movement))

    on_hand: dict[tuple[int, int], int] = defaultdict(int)
    for product, place, day in sorted(days):  # the unknown day, -1, comes first
        moved = [movement for _, movement in days[product, place, day]]
        received = of_type(moved, "receipt")
        transferred_in = of_type(moved, "transfer_in")
        transferred_out = -of_type(moved, "transfer_out")
        sold = -of_type(moved, "sale")
        returned = of_type(moved, "return")
        adjusted = of_type(moved, "adjustment")
        net = received + transferred_in + returned + adjusted - sold - transferred_out
        on_hand[product, place] += net
        left = on_hand[product, place]
        local_date = max(local for local, _ in days[product, place, day]).date()
        yield StockRow(
            product_key=product,
            location_key=place,
            date_key=day,
            received_quantity=received,
            transferred_in_quantity=transferred_in,
            transferred_out_quantity=transferred_out,
            sold_quantity=sold,
            returned_quantity=returned,
            adjusted_quantity=adjusted,
            net_change=net,
            quantity_on_hand=left,
            inventory_value_cost=left * (master.unit_cost(skus[product], local_date) or ZERO),
            inventory_value_retail=left * (master.base_price(skus[product], local_date) or ZERO),
            is_stockout=left <= 0,
            event_at=max(movement.at for movement in moved),
            local_date=local_date,
        )


def of_type(movements: Iterable[Movement], movement_type: str) -> int:
    """The summed stock effect of the movements of a type."""
    return sum(m.quantity_change for m in movements if m.movement_type == movement_type)
