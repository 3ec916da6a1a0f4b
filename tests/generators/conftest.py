from typing import Any

import polars as pl
import pytest

from generators.pos import PosDay, simulate_day
from tests.generators.pos_days import BIG, PLAIN_DAY, SALE_DAY, read_day


@pytest.fixture(scope="session")
def plain_day() -> PosDay:
    return simulate_day(BIG, PLAIN_DAY)


@pytest.fixture(scope="session")
def sale_day() -> PosDay:
    return simulate_day(BIG, SALE_DAY)


@pytest.fixture(scope="session")
def plain_events() -> list[dict[str, Any]]:
    return read_day(BIG, PLAIN_DAY)


@pytest.fixture(scope="session")
def sale_events() -> list[dict[str, Any]]:
    return read_day(BIG, SALE_DAY)


@pytest.fixture(scope="session")
def sales(plain_day: PosDay) -> pl.DataFrame:
    return plain_day.transactions.filter(pl.col("original_day").is_null())


@pytest.fixture(scope="session")
def sale_lines(plain_day: PosDay) -> pl.DataFrame:
    """Line items of sales, each with its segment."""
    owners = plain_day.transactions.select(
        pl.col("customer_segment", "original_day").repeat_by("line_count").explode()
    )
    return pl.concat([owners, plain_day.lines], how="horizontal").filter(
        pl.col("original_day").is_null()
    )
