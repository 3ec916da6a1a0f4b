"""Master data as the CSV seeds from which dbt builds the dimensions."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path

from generators.channels import CHANNELS
from generators.customers import DEFAULT_AS_OF, Customer, get_customers
from generators.landing import replace_file
from generators.locations import LOCATIONS
from generators.products import PRODUCT_CATALOG
from generators.retail_calendar import FIRST_YEAR, LAST_YEAR, SALE_PERIODS, get_holidays


def _cell(value: object) -> str:
    """A value as the text of a cell; None is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _csv(header: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _records_csv(records: Sequence[object]) -> bytes:
    """Frozen dataclass records, one per row; their fields are the columns, and an empty updated_at.

    What a record says holds from the beginning of time.
    """
    names = [field.name for field in fields(records[0])]  # type: ignore[arg-type]
    return _csv(
        [*names, "updated_at"],
        ([*(getattr(record, name) for name in names), None] for record in records),
    )


def _customers_csv(customers: Sequence[Customer]) -> bytes:
    names = [field.name for field in fields(Customer) if field.name != "updated_on"]
    return _csv(
        [*names, "updated_at"],
        (
            [*(getattr(customer, name) for name in names), f"{customer.updated_on} 00:00:00"]
            for customer in customers
        ),
    )


def render_seeds(as_of: date = DEFAULT_AS_OF) -> dict[str, bytes]:
    """The seeds by file name, master data as it stands at the end of a day.

    Raises:
        ValueError: There is no master data for that day.
    """
    holidays = [
        item for year in range(FIRST_YEAR, LAST_YEAR + 1) for item in get_holidays(year).items()
    ]
    return {
        "master_products.csv": _records_csv(PRODUCT_CATALOG),
        "master_locations.csv": _records_csv(LOCATIONS),
        "master_channels.csv": _records_csv(CHANNELS),
        "master_customers.csv": _customers_csv(get_customers(as_of)),
        "calendar_holidays.csv": _csv(["calendar_date", "holiday_name"], holidays),
        "calendar_sale_periods.csv": _csv(["month", "sale_event_name"], SALE_PERIODS.items()),
    }


def export_seeds(folder: Path, as_of: date = DEFAULT_AS_OF) -> list[Path]:
    """Write the seeds to a folder, which is made if it is missing; older ones are replaced.

    The same day gives the same bytes on every run. Returns the files' paths.

    Raises:
        ValueError: There is no master data for that day.
        OSError: The folder or a file cannot be written.
    """
    seeds = render_seeds(as_of)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in seeds.items():
        replace_file(folder / name, content)
        paths.append(folder / name)
    return paths
