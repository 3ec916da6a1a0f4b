import polars as pl
import pytest

from generators.baskets import Baskets
from generators.pos import draw_shoppers
from tests.support.generated_days import (
    BIG,
    CHECKED,
    PLAIN_DAY,
    SALE_DAY,
    SMALL,
    DayEvents,
    Event,
    read_day,
    read_frame,
    read_week,
)


@pytest.fixture(scope="session")
def week() -> list[DayEvents]:
    return list(read_week(SMALL))


@pytest.fixture(scope="session")
def plain_events() -> list[Event]:
    return read_day(CHECKED, PLAIN_DAY)


@pytest.fixture(scope="session")
def sale_events() -> list[Event]:
    return read_day(CHECKED, SALE_DAY)


@pytest.fixture(scope="session")
def plain_orders() -> list[Event]:
    return read_day(CHECKED, PLAIN_DAY, "ecommerce")


@pytest.fixture(scope="session")
def sale_orders() -> list[Event]:
    return read_day(CHECKED, SALE_DAY, "ecommerce")


@pytest.fixture(scope="session")
def clicks() -> pl.DataFrame:
    """The clickstream events of a plain day, with their time and their place in their session."""
    return (
        read_frame(BIG, PLAIN_DAY, "clickstream")
        .with_columns(
            pl.col("timestamp").str.to_datetime(time_zone="UTC").alias("at"),
            pl.col("session_id").str.split("-").list.last().cast(pl.Int64).alias("session"),
        )
        .with_columns(pl.int_range(pl.len()).over("session").alias("step"))
    )


@pytest.fixture(scope="session")
def transactions() -> pl.DataFrame:
    return read_frame(BIG, PLAIN_DAY, "pos")


@pytest.fixture(scope="session")
def sales(transactions: pl.DataFrame) -> pl.DataFrame:
    return transactions.filter(pl.col("transaction_type") == "sale")


@pytest.fixture(scope="session")
def sale_lines(sales: pl.DataFrame) -> pl.DataFrame:
    """Line items of sales, each with its segment."""
    return sales.select("customer_segment", "items").explode("items").unnest("items")


@pytest.fixture(scope="session")
def shoppers() -> Baskets:
    """What the shoppers at the tills want on a plain day."""
    return draw_shoppers(BIG, PLAIN_DAY)
