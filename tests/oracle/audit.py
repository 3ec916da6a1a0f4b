"""Gold held against the oracle: every fact, every row, every column; and what is left out."""

from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

from tests.duckdb_warehouse import ROOT, Tables, Warehouse, differences
from tests.oracle.carts import CartRow, cart_rows
from tests.oracle.customer_events import CustomerEvent, customer_events
from tests.oracle.delivery import events_that_count
from tests.oracle.ecommerce_sales import OrderLine, order_lines
from tests.oracle.events import Click, Movement, Order, Sale
from tests.oracle.inventory_movements import MovementRow, movement_rows
from tests.oracle.master_data import MasterData
from tests.oracle.pos_sales import PosLine, pos_lines
from tests.oracle.rejections import rejections
from tests.oracle.sales_lines import SalesLine
from tests.oracle.stock import StockRow, stock_rows

FACTS: dict[str, type[Any]] = {
    "gold_sales_fact": PosLine,
    "gold_sales_fact_ecommerce": OrderLine,
    "gold_sales_fact_all": SalesLine,
    "gold_inventory_movement_fact": MovementRow,
    "gold_inventory_fact": StockRow,
    "gold_customer_event_fact": CustomerEvent,
    "gold_cart_abandonment_fact": CartRow,
}
"""What a row of each fact is."""


def columns(fact: str) -> list[str]:
    return [field.name for field in fields(FACTS[fact])]


def oracle(landing: Path) -> dict[str, list[Any]]:
    """The rows that each fact must have when the files of a landing folder are loaded."""
    master = MasterData(ROOT / "seeds")
    pos = list(pos_lines(events_that_count(landing, Sale), master))
    orders = events_that_count(landing, Order)
    ecommerce = list(order_lines(orders, master))
    movements = events_that_count(landing, Movement)
    clicks = events_that_count(landing, Click)
    return {
        "gold_sales_fact": pos,
        "gold_sales_fact_ecommerce": ecommerce,
        "gold_sales_fact_all": [*pos, *ecommerce],
        "gold_inventory_movement_fact": list(movement_rows(movements, master)),
        "gold_inventory_fact": list(stock_rows(movements, master)),
        "gold_customer_event_fact": list(customer_events(clicks, master)),
        "gold_cart_abandonment_fact": list(cart_rows(clicks, orders, master)),
    }


def disagreements(warehouse: Warehouse) -> list[str]:
    """Where gold is not what the oracle (the first of two) makes of the landed files."""
    landing = warehouse.folder / "landing"
    expected: Tables = {
        fact: Counter(tuple(getattr(row, column) for column in columns(fact)) for row in rows)
        for fact, rows in oracle(landing).items()
    }
    found: Tables = {
        fact: Counter(warehouse.rows(f"select {', '.join(columns(fact))} from {fact}"))
        for fact in FACTS
    }
    table = "silver_quarantined_events"
    expected[table] = Counter(rejections(landing))
    found[table] = Counter(warehouse.rows(f"select source, event_id, line_number from {table}"))
    return differences(expected, found)
