"""Stock in a dict, and its movements."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any

import numpy as np

from generators.baskets import popularity_table
from generators.business_day import get_night
from generators.master_data import ACTIVE_PRODUCTS, ALL_LOCATION_IDS
from generators.stock import (
    ADJUSTED_SHARE,
    ADJUSTMENT_WEIGHTS,
    PLACES,
    get_levels,
)
from generators.world import World

Event = dict[str, Any]
Item = dict[str, Any]

CENTRE = ALL_LOCATION_IDS[-1]

PRODUCTS = [(product.sku, float(product.base_price)) for product in ACTIVE_PRODUCTS]
PRODUCT_WEIGHTS = list(accumulate(np.bincount(popularity_table()).tolist()))
_COSTS = {product.sku: float(product.unit_cost) for product in ACTIVE_PRODUCTS}

_RECEIPTS, _RECEIPT_WEIGHTS = ["PO_RECEIPT", "ASN_RECEIPT"], [70, 100]
_REASONS, _REASON_WEIGHTS = [*ADJUSTMENT_WEIGHTS], list(accumulate(ADJUSTMENT_WEIGHTS.values()))
_RETURNS, _RETURN_WEIGHTS = ["CUSTOMER_RETURN", "DEFECTIVE_RETURN", "EXCHANGE"], [80, 92, 100]


def timestamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds") + "Z"


class Goods:
    """What lies where; every change of it is a movement."""

    def __init__(self, draw: random.Random, world: World, day: date) -> None:
        self._draw = draw
        self._world = world
        self.movements: list[Event] = []
        self._returned: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._mark = ""
        self._transfers = self._receipts = 0
        target = get_levels(world, day).target.tolist()
        self._stock = {
            location: {
                product.sku: target[place][column] for column, product in enumerate(ACTIVE_PRODUCTS)
            }
            for place, location in enumerate(ALL_LOCATION_IDS)
        }

    def begin(self, day: date) -> None:
        """Start to number the movements of a day."""
        self._mark = f"{day:%Y%m%d}-00000000-"

    def _move(
        self,
        kind: str,
        at: str,
        location: str,
        sku: str,
        quantity: int,
        reason: str,
        reference: str | None,
    ) -> None:
        self.movements.append(
            {
                "movement_id": f"INV-{self._mark}{len(self.movements) + 1}",
                "movement_type": kind,
                "timestamp": at,
                "location_id": location,
                "sku": sku,
                "quantity": quantity,
                "reason_code": reason,
                "reference_id": reference,
                "cost_per_unit": _COSTS[sku],
            }
        )

    def serve(self, location: str, items: list[Item], fewest: int) -> list[Item]:
        """The items that are there, their quantities cut to the stock; none if they are too few."""
        stock = self._stock[location]
        served = []
        for item in items:
            quantity = min(item["qty_requested"], stock[item["sku"]])
            if quantity > 0:
                stock[item["sku"]] -= quantity
                item["qty"] = quantity
                served.append(item)
        if len(served) >= fewest:
            return served
        for item in served:
            stock[item["sku"]] += item["qty"]
        return []

    def sell(self, location: str, at: str, items: list[Item], reason: str, reference: str) -> None:
        """Book what has been served."""
        for item in items:
            self._move("sale", at, location, item["sku"], -item["qty"], reason, reference)

    def take_back(self, location: str, at: str, items: list[Item], reference: str) -> None:
        """Book what customers bring back."""
        for item in items:
            self._returned[location, item["sku"]] += item["qty"]
            reason = self._draw.choices(_RETURNS, cum_weights=_RETURN_WEIGHTS)[0]
            self._move("return", at, location, item["sku"], item["qty"], reason, reference)

    def _transfer(
        self, leaves: str, arrives: str, source: str, target: str, sku: str, count: int, reason: str
    ) -> None:
        self._transfers += 1
        reference = f"TFR-{self._mark}{self._transfers}"
        self._move("transfer_out", leaves, source, sku, -count, reason, reference)
        self._move("transfer_in", arrives, target, sku, count, reason, reference)

    def night(self, day: date) -> None:
        """Put counts right, send returned goods away, replenish."""
        draw = self._draw
        self._transfers = self._receipts = 0
        start = datetime.fromtimestamp(get_night(day) / 1000, UTC).replace(tzinfo=None)
        minutes = [
            timestamp(start + timedelta(minutes=minute)) for minute in (0, 6, 10, 14, 18, 22)
        ]
        for location, stock in self._stock.items():
            for sku, count in stock.items():
                if draw.random() < ADJUSTED_SHARE:
                    reason = draw.choices(_REASONS, cum_weights=_REASON_WEIGHTS)[0]
                    size = draw.randint(1, 1 + count // 20)
                    if reason != "FOUND" and (reason != "CYCLE_COUNT" or draw.random() < 0.5):
                        size = -min(size, count)
                    if size:
                        stock[sku] += size
                        self._move("adjustment", minutes[0], location, sku, size, reason, None)
        centre = self._stock[CENTRE]
        for (location, sku), count in self._returned.items():
            self._transfer(minutes[1], minutes[2], location, CENTRE, sku, count, "DC_RETURN")
            centre[sku] += count
        self._returned.clear()
        levels = get_levels(self._world, day + timedelta(days=1))
        reorder, target = levels.reorder.tolist(), levels.target.tolist()
        wanted: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for place, location in enumerate(ALL_LOCATION_IDS[:PLACES]):
            stock = self._stock[location]
            for column, product in enumerate(ACTIVE_PRODUCTS):
                count = stock[product.sku]
                if count <= reorder[place][column]:
                    missing = target[place][column] - count
                    wanted[product.sku].append((location, missing))
                    stock[product.sku] += missing
                    centre[product.sku] -= missing
        for column, product in enumerate(ACTIVE_PRODUCTS):
            if centre[product.sku] <= reorder[PLACES][column]:
                missing = target[PLACES][column] - centre[product.sku]
                centre[product.sku] += missing
                self._receipts += 1
                reason = draw.choices(_RECEIPTS, cum_weights=_RECEIPT_WEIGHTS)[0]
                reference = f"PO-{self._mark}{self._receipts}"
                self._move("receipt", minutes[3], CENTRE, product.sku, missing, reason, reference)
        for sku, orders in wanted.items():
            for location, count in orders:
                reason = "DC_REPLENISHMENT"
                self._transfer(minutes[4], minutes[5], CENTRE, location, sku, count, reason)
