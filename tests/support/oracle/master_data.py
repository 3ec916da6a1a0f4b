"""Keys, costs and tax rates by natural id, from the seeds."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.support.oracle.contract_values import UNKNOWN

OTHER_TAX_RATE = Decimal("0.07")
BUSINESS_TIMEZONE = "America/New_York"
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9999, 12, 31)
"""From when on and until when (exclusive) a customer has a version."""


class MasterData:
    """What a fact looks up. An id that is null or unknown has the key -1."""

    def __init__(self, seeds: Path) -> None:
        def rows(name: str) -> list[dict[str, str]]:
            with (seeds / name).open(newline="", encoding="utf-8") as file:
                return list(csv.DictReader(file))

        def keys(name: str, natural_id: str, number: str) -> dict[str | None, int]:
            return {row[natural_id]: int(row[number]) for row in rows(name)}

        self._products = keys("master_products.csv", "sku", "product_number")
        self._locations = keys("master_locations.csv", "location_id", "location_number")
        self._channels = keys("master_channels.csv", "channel_code", "channel_number")
        self._customers = keys("master_customers.csv", "customer_id", "customer_number")

        self._timezones: dict[str | None, str] = {
            row["location_id"]: row["timezone"] for row in rows("master_locations.csv")
        }

        def amounts(name: str, natural_id: str, amount: str) -> dict[str | None, Decimal]:
            return {row[natural_id]: Decimal(row[amount]) for row in rows(name)}

        self._unit_costs = amounts("master_products.csv", "sku", "unit_cost")
        self._base_prices = amounts("master_products.csv", "sku", "base_price")
        self._store_rates = amounts("master_locations.csv", "location_id", "state_tax_rate")
        self._state_rates = amounts("master_locations.csv", "state_province", "state_tax_rate")

    def product_key(self, sku: str | None) -> int:
        return self._products.get(sku, UNKNOWN)

    def location_key(self, location_id: str | None) -> int:
        return self._locations.get(location_id, UNKNOWN)

    def channel_key(self, channel_code: str | None) -> int:
        return self._channels.get(channel_code, UNKNOWN)

    def local_time(self, at: datetime, location_id: str | None = None) -> datetime:
        """What a clock at that place shows at a moment in UTC, without a place the business's."""
        zone = ZoneInfo(self._timezones.get(location_id, BUSINESS_TIMEZONE))
        try:
            return at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
        except OverflowError:
            return datetime.max

    def customer_key(self, customer_id: str | None, day: date) -> int:
        """Of the version valid on that day: the seeds hold one export, so each has one version."""
        if customer_id not in self._customers or not FIRST_DAY <= day < LAST_DAY:
            return UNKNOWN
        return self._customers[customer_id] * 1000 + 1

    def unit_cost(self, sku: str | None) -> Decimal | None:
        return self._unit_costs.get(sku)

    def base_price(self, sku: str | None) -> Decimal | None:
        return self._base_prices.get(sku)

    def tax_rate_of_store(self, store_id: str | None) -> Decimal:
        return self._store_rates.get(store_id, OTHER_TAX_RATE)

    def tax_rate_of_state(self, state: str | None) -> Decimal:
        return self._state_rates.get(state, OTHER_TAX_RATE)
