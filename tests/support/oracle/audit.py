"""Gold held against the oracle: every fact, every row, every column; and what is left out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.duckdb_warehouse import ROOT, Tables, Warehouse, differences
from tests.support.oracle.carts import CartRow, cart_rows, data_time
from tests.support.oracle.customer_events import CustomerEvent, customer_events
from tests.support.oracle.delivery import STREAMS, Delivered, E, delivered, valid_events, winners
from tests.support.oracle.ecommerce_sales import OrderLine, order_lines
from tests.support.oracle.events import Click, Movement, Order, Sale
from tests.support.oracle.inventory_movements import MovementRow, movement_rows
from tests.support.oracle.landed import landed_lines, parsed
from tests.support.oracle.master_data import MasterData
from tests.support.oracle.pos_sales import PosLine, pos_lines
from tests.support.oracle.rejections import rejections, superseded_versions, version_of
from tests.support.oracle.sales_lines import AnyLine
from tests.support.oracle.stock import StockRow, stock_rows

FACTS: dict[str, type[Any]] = {
    "gold_sales_fact": PosLine,
    "gold_sales_fact_ecommerce": OrderLine,
    "gold_sales_fact_all": AnyLine,
    "gold_inventory_movement_fact": MovementRow,
    "gold_inventory_fact": StockRow,
    "gold_customer_event_fact": CustomerEvent,
    "gold_cart_abandonment_fact": CartRow,
}
"""What a row of each fact is."""


def columns(fact: str) -> list[str]:
    return [field.name for field in fields(FACTS[fact])]


def oracle(
    landing: Path, latest: datetime | None = None, master: MasterData | None = None
) -> dict[str, list[Any]]:
    """The rows that each fact must have when the files of a landing folder are loaded.

    Args:
        landing: The landing folder.
        latest: No event is dated later; by default what the contract says of files of now.
        master: The master data, by default the repository's.
    """
    master = master or MasterData(ROOT / "seeds")
    pos = list(pos_lines(winners(deliveries(landing, Sale, latest)), master))
    orders = winners(deliveries(landing, Order, latest))
    ecommerce = list(order_lines(orders, master))
    movements = winners(deliveries(landing, Movement, latest))
    clickstream = deliveries(landing, Click, latest)
    clicks, now = winners(clickstream), data_time(valid_events(clickstream))
    return {
        "gold_sales_fact": pos,
        "gold_sales_fact_ecommerce": ecommerce,
        "gold_sales_fact_all": [AnyLine.of(line) for line in (*pos, *ecommerce)],
        "gold_inventory_movement_fact": list(movement_rows(movements, master)),
        "gold_inventory_fact": list(stock_rows(movements, master)),
        "gold_customer_event_fact": list(customer_events(clicks, master)),
        "gold_cart_abandonment_fact": list(cart_rows(clicks, orders, now, master)),
    }


def deliveries(
    landing: Path, stream: type[E], latest: datetime | None = None
) -> list[Delivered[E]]:
    """What has landed of a stream."""
    return delivered(stream, landed_lines(landing, stream.source), latest)


def disagreements(
    warehouse: Warehouse, latest: datetime | None = None, master: MasterData | None = None
) -> list[str]:
    """Where gold is not what the oracle (the first of two) makes of the landed files."""
    landing = warehouse.folder / "landing"
    expected: Tables = {
        fact: Counter(tuple(getattr(row, column) for column in columns(fact)) for row in rows)
        for fact, rows in oracle(landing, latest, master).items()
    }
    found: Tables = {
        fact: Counter(warehouse.rows(f"select {', '.join(columns(fact))} from {fact}"))
        for fact in FACTS
    }
    table = "silver_quarantined_events"
    expected[table] = Counter(rejections(landing, latest))
    found[table] = Counter(warehouse.rows(f"select source, event_id, line_number from {table}"))
    contents = "contents of superseded versions"
    expected[contents] = superseded_versions(landing, latest)
    found[contents] = Counter(quarantined_versions(warehouse))
    return differences(expected, found)


def quarantined_versions(warehouse: Warehouse) -> Iterator[Any]:
    """The superseded versions in the quarantine, by what is kept of them: their typed values."""
    streams = {stream.source: stream for stream in STREAMS}
    for source, content in warehouse.rows(
        "select source, raw_content from silver_quarantined_events"
        " where list_contains(failed_expectations, 'conflicting_duplicate')"
    ):
        event = streams[source].read(parsed((content or "").encode()) or {})
        yield (source, None, content) if event is None else version_of(event)
