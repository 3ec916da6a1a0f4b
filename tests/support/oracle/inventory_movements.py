"""gold_inventory_movement_fact: a row for each movement."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tests.support.oracle.contract_values import ZERO, date_key, time_key
from tests.support.oracle.events import Movement
from tests.support.oracle.master_data import MasterData


@dataclass(frozen=True)
class MovementRow:
    """A row of gold_inventory_movement_fact, with the natural ids behind its keys."""

    movement_id: str
    product_key: int
    location_key: int
    date_key: int
    time_key: int
    movement_type: str
    movement_reason: str
    quantity_change: int
    unit_cost: Decimal
    total_cost: Decimal
    reference_id: str | None
    event_at: datetime
    sku: str
    location_id: str
    local_date: date


def movement_rows(movements: Iterable[Movement], master: MasterData) -> Iterator[MovementRow]:
    for movement in movements:
        local = master.local_time(movement.at, movement.location_id)
        unit_cost = movement.cost_per_unit
        if unit_cost is None:
            unit_cost = master.unit_cost(movement.sku, local.date()) or ZERO
        yield MovementRow(
            movement_id=movement.id,
            product_key=master.product_key(movement.sku),
            location_key=master.location_key(movement.location_id),
            date_key=date_key(local),
            time_key=time_key(local),
            movement_type=movement.movement_type,
            movement_reason=movement.reason_code or "unknown",
            quantity_change=movement.quantity_change,
            unit_cost=unit_cost,
            total_cost=movement.quantity_change * unit_cost,
            reference_id=movement.reference_id,
            event_at=movement.at,
            sku=movement.sku,
            location_id=movement.location_id,
            local_date=local.date(),
        )
