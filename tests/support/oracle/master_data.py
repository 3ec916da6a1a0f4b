"""Keys, costs and tax rates by natural id and day, from the exports of the master data."""

import csv
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.support.duckdb_warehouse import ROOT
from tests.support.oracle.contract_values import AMOUNTS_BELOW, CENT, GUEST, UNKNOWN
from tests.support.oracle.histories import BEGINNING, History, Row, Usable, amount, text

OTHER_TAX_RATE = Decimal("0.07")
BUSINESS_TIMEZONE = "America/New_York"
CUSTOMERS_BY_DAY = (
    "segment",
    "loyalty_tier",
    "preferred_channel",
    "preferred_category",
    "geo_region",
    "geo_city",
    "nearest_location_id",
)


class MasterData:
    """What a fact looks up. An id that is null or that no export named has the key -1."""

    def __init__(self, seeds: Path | None = None) -> None:
        zone, price = ZoneInfo(BUSINESS_TIMEZONE), amount(AMOUNTS_BELOW, CENT)
        of_products: dict[str, Usable] = {"base_price": price, "unit_cost": price}
        self.products = History("sku", "product_number", of_products, zone)
        rate: dict[str, Usable] = {"state_tax_rate": amount(1, Decimal("0.00001"))}
        self.locations = History("location_id", "location_number", rate, zone)
        self.channels = History("channel_code", "channel_number", {}, zone)
        of_customers: dict[str, Usable] = dict.fromkeys(CUSTOMERS_BY_DAY, text)
        self.customers = History("customer_id", "customer_number", of_customers, zone)
        self.histories = {
            "product": self.products,
            "location": self.locations,
            "channel": self.channels,
            "customer": self.customers,
        }
        with (ROOT / "seeds" / "time_zones.csv").open(encoding="utf-8") as file:
            self._timezones = {line.strip() for line in file}
        if seeds:
            self.take(seeds, date(2026, 1, 1))

    def take(self, seeds: Path, build_day: date) -> None:
        """The next export: the CSV files of a folder, seen by a build on a day."""

        def rows(name: str) -> Iterable[Row]:
            with (seeds / f"master_{name}.csv").open(newline="", encoding="utf-8") as file:
                return list(csv.DictReader(file))

        self.products.take(rows("products"), build_day)
        self.locations.take(rows("locations"), build_day)
        self.channels.take(rows("channels"), build_day)
        self.customers.take(rows("customers"), build_day)

    @staticmethod
    def _key(history: History, id_: str | None) -> int:
        member = history.members.get(id_)
        return member.key if member else UNKNOWN

    def product_key(self, sku: str | None) -> int:
        return self._key(self.products, sku)

    def location_key(self, location_id: str | None) -> int:
        return self._key(self.locations, location_id)

    def channel_key(self, channel_code: str | None) -> int:
        return self._key(self.channels, channel_code)

    def local_time(self, at: datetime, location_id: str | None = None) -> datetime:
        """What a clock at that place shows at a moment in UTC, without a place the business's."""
        place = self.locations.members.get(location_id)
        name = text(place.row["timezone"]) if place else ""
        zone = ZoneInfo(name if name in self._timezones else BUSINESS_TIMEZONE)
        try:
            return at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
        except OverflowError:
            return datetime.max

    def customer_key(self, customer_id: str | None, day: date) -> int:
        """Of the version valid on that day."""
        if customer_id is None:
            return GUEST
        member = self.customers.members.get(customer_id)
        version = member.valid(day) if member else None
        if not member or not version:
            return UNKNOWN
        return member.key * 10_000_000 + (version[0] - BEGINNING).days

    @staticmethod
    def _valid(history: History, id_: str | None, day: date, column: str) -> Decimal | None:
        member = history.members.get(id_)
        version = member.valid(day) if member else None
        return Decimal(version[1][column]) if version and version[1][column] else None

    def unit_cost(self, sku: str | None, day: date) -> Decimal | None:
        return self._valid(self.products, sku, day, "unit_cost")

    def base_price(self, sku: str | None, day: date) -> Decimal | None:
        return self._valid(self.products, sku, day, "base_price")

    def tax_rate_of_store(self, store_id: str | None, day: date) -> Decimal:
        rate = self._valid(self.locations, store_id, day, "state_tax_rate")
        return OTHER_TAX_RATE if rate is None else rate

    def tax_rate_of_state(self, state: str | None, day: date) -> Decimal:
        """That of the place of the state with the smallest id."""
        places = [
            id_
            for id_, place in self.locations.members.items()
            if id_ and text(place.row["state_province"]).lower() == (state or "").lower()
        ]
        return self.tax_rate_of_store(min(places), day) if state and places else OTHER_TAX_RATE
