"""Lists of master data of a test's own: a few members, sound unless told otherwise."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

from tests.support.dbt_forks import DbtForks, Run
from tests.support.duckdb_warehouse import STREAMS, Warehouse, copy_project, ways_of

Member: TypeAlias = dict[str, Any]

MASTER_DATA = ("+gold.dimensions", "silver_dimension_members")

LISTS = ("products", "locations", "channels", "customers")


def product(number: int = 1, sku: str | None = None, **fields: Any) -> Member:
    return {
        "product_number": number,
        "product_id": f"PROD_{number:06}",
        "sku": f"SKU_{number:06}" if sku is None else sku,
        "product_name": "Ankle Boots",
        "brand": "Alderline",
        "category_level_1": "footwear",
        "category_level_2": "boots",
        "category_level_3": "ankle boots",
        "color_family": "red",
        "color_name": "Crimson",
        "size_range": "5-13",
        "material_primary": "Suede",
        "season_code": "ALL",
        "launch_date": "2017-10-26",
        "end_of_life_date": "",
        "base_price": "88.99",
        "unit_cost": "30.92",
        "price_tier": "mid",
        "sustainability_flag": "false",
        "is_active": "true",
        "source_system": "pim",
    } | fields


def location(number: int = 1, location_id: str | None = None, **fields: Any) -> Member:
    return {
        "location_number": number,
        "location_id": f"LOC_{number:03}" if location_id is None else location_id,
        "location_name": "NYC Flagship",
        "location_type": "store",
        "store_format": "flagship",
        "district": "New York Metro",
        "city": "New York",
        "state_province": "NY",
        "postal_code": "10001",
        "region": "Northeast",
        "country": "US",
        "latitude": "40.7484",
        "longitude": "-73.9967",
        "selling_sqft": "32000",
        "total_sqft": "41500",
        "open_date": "2005-03-18",
        "is_active": "true",
        "timezone": "America/New_York",
        "state_tax_rate": "0.08875",
        "source_system": "erp",
    } | fields


def channel(number: int, channel_code: str, **fields: Any) -> Member:
    return {
        "channel_number": number,
        "channel_code": channel_code,
        "channel_name": "Physical Store - POS",
        "channel_type": "offline",
        "channel_category": "store",
        "device_category": "pos",
        "is_digital": "false",
        "is_owned": "true",
        "commission_rate": "0.00",
        "source_system": "oms",
    } | fields


def customer(number: int = 1, customer_id: str | None = None, **fields: Any) -> Member:
    return {
        "customer_number": number,
        "customer_id": f"CUST_{number:08}" if customer_id is None else customer_id,
        "email": f"someone{number}@example.com",
        "first_name": "Nicole",
        "last_name": "Santiago",
        "segment": "regular",
        "loyalty_tier": "silver",
        "lifetime_value": "166.77",
        "acquisition_date": "2016-09-06",
        "acquisition_channel": "WEB_DESKTOP",
        "preferred_channel": "STORE_POS",
        "preferred_category": "bottoms",
        "geo_region": "West",
        "geo_city": "San Diego",
        "nearest_location_id": "LOC_001",
        "email_subscribe_flag": "false",
        "sms_subscribe_flag": "false",
        "source_system": "crm",
        "updated_at": "2022-09-15 00:00:00",
    } | fields


SOUND: dict[str, list[Member]] = {
    "products": [product(1), product(2)],
    "locations": [location(1), location(2, state_province="CA", timezone="America/Los_Angeles")],
    "channels": [channel(1, "WEB_DESKTOP"), channel(5, "STORE_POS")],
    "customers": [customer(1), customer(2)],
}


def write_list(folder: Path, name: str, members: Iterable[Mapping[str, Any]]) -> None:
    """Write a list as a seed; its columns are those of all members, in order."""
    members = list(members)
    columns = list(dict.fromkeys(column for member in members for column in member))
    with (folder / f"master_{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(members)


@dataclass(frozen=True)
class Company:
    """A warehouse whose lists are its own, and its project, which other warehouses may share."""

    project: Path
    warehouse: Warehouse

    def export(self, **lists: list[Member]) -> None:
        """Replace the lists: those that are not given are the sound ones."""
        for name in LISTS:
            write_list(self.project / "seeds", name, lists.get(name, SOUND[name]))

    def build(self, on: str = "2026-01-20", *args: str, check: bool = True, **lists: Any) -> Run:
        """Export the lists and build what they and the landed events go into, on a day.

        No tests, and no streams of which nothing has ever landed.
        """
        self.export(**lists)
        landing = self.warehouse.folder / "landing"
        ways = [
            models
            for s in STREAMS.values()
            if (landing / s.source).exists()
            for models in ways_of(s)
        ]
        return self.warehouse.run(
            "build",
            *("--exclude-resource-type", "unit_test", "test"),
            *("--select", *MASTER_DATA, *ways),
            *args,
            variables={"build_day": on},
            check=check,
        )

    def rows(self, query: str) -> list[Any]:
        return self.warehouse.rows(query)


@contextmanager
def companies_in(folder: Path) -> Iterator[Iterator[Company]]:
    """Companies with the sound lists and no events, as many as one wants, one after the other."""
    project = folder / "project"
    copy_project(project)
    dbt = DbtForks(project)
    prepared = Company(project, Warehouse(project, dbt))
    prepared.export()
    prepared.warehouse.run(
        *("build", "--exclude-resource-type", "unit_test", "test", "--exclude", "reports", "ops"),
        variables={"build_day": "2026-01-01"},
    )

    def made() -> Iterator[Company]:
        for number in count():
            yield Company(project, prepared.warehouse.copy(folder / f"company{number}"))

    try:
        yield made()
    finally:
        dbt.close()
