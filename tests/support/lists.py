"""Lists of master data of a test's own: a few members, sound unless told otherwise."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from tests.support.dbt_forks import DbtForks, Run
from tests.support.duckdb_warehouse import STREAMS, Warehouse, copy_project, ways_of

Member: TypeAlias = dict[str, Any]

CELLS = (
    "",
    "  ",
    "abc",
    "-1",
    "-0.00",
    "0",
    "1.005",
    "1e3",
    "1e400",
    "999999999.995",
    "1000000000",
    "9" * 40,
    "NaN",
    "inf",
    "\uff11\uff12",
    "true",
    "FALSE ",
    "yes",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "12/31/2025",
    "2026-01-15T23:30:00-05:00",
    "'; drop table x; --",
    '"',
    "a,b",
    "two\nlines",
    "{{ var }}",
    "\\",
    "Zo\u00eb \u4e2d\U0001f45f",
    "x" * 5000,
    "EST",
    "america/new_york",
    "Asia/Kolkata",
    "CA",
    " ca ",
)
"""What somebody may write into a cell."""

STAMPS = ("", "", "2026-01-{:02}", " 2026-01-{:02} 00:00:00 ", "2026-01-{:02}T04:59:59Z", "soon")
"""What stands in `updated_at`, of a day in January."""

DATED = {
    "products": ("base_price", "unit_cost"),
    "locations": ("state_tax_rate", "timezone"),
    "channels": (),
    "customers": ("loyalty_tier", "segment"),
}
"""Columns whose values change, and what changes nothing is not interesting to change."""

IDS = {
    "products": "sku",
    "locations": "location_id",
    "channels": "channel_code",
    "customers": "customer_id",
}


def sound_change(column: str, random: Random) -> str:
    """Another value that can be used."""
    values = {
        "state_tax_rate": ("0.01", "0.1", "0.08875"),
        "timezone": ("America/New_York", "America/Los_Angeles", "UTC"),
        "loyalty_tier": ("gold", "silver", "bronze"),
        "segment": ("vip", "new", "loyal"),
    }
    return random.choice(values.get(column, ("12.34", "30.92", "45.67")))


def next_export(lists: Mapping[str, list[Member]], random: Random) -> dict[str, list[Member]]:
    """What may stand in the next export of such lists: anything, but each id once."""
    exported = {}
    for name, before in lists.items():
        members = []
        gone = set(random.sample(range(len(before)), min(9, len(before) // 4)))
        for n, member in enumerate(before):
            if n in gone and random.random() < 0.5:
                continue
            changed = dict(member)
            for column in changed.keys() - {IDS[name]}:
                if random.random() < 0.03:
                    changed[column] = random.choice(CELLS)
            for column in DATED[name]:
                if random.random() < 0.3:
                    changed[column] = sound_change(column, random)
            changed["updated_at"] = random.choice(STAMPS).format(random.randint(1, 31))
            members.append(changed)
        first, last = random.sample(range(len(members)), 2) if len(members) > 1 else (0, 0)
        number = next(iter(members[0]))
        members[first][number], members[last][number] = (
            members[last][number],
            members[first][number],
        )
        members.append(members[0] | {IDS[name]: f"NEW_{random.randint(1, 3)}"})
        random.shuffle(members)
        exported[name] = list({member[IDS[name]]: member for member in members}.values())
    return exported


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


def change_lists(seeds: Path, random: Random) -> None:
    """Make the lists in a folder of seeds their next export."""
    lists = {}
    for name in LISTS:
        with (seeds / f"master_{name}.csv").open(newline="", encoding="utf-8") as file:
            lists[name] = list(csv.DictReader(file))
    for name, members in next_export(lists, random).items():
        write_list(seeds, name, members)


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
