"""`make bench-versions`: orders that come in four versions each, against as many lines of one each.

An order is landed when it is placed, paid, shipped and delivered: its `status` changes, and its
`updated_at`. Both landing folders hold equally many lines and are built once. The difference is
what it costs to judge versions of one id; facts get a fourth of the rows, so they cost less.
"""

import argparse
import json
from statistics import median

from benchmarks.warehouse import ON_DATA, Warehouse, new_warehouse

ORDERS_WAY = ("--select", "bronze_ecommerce_orders+,+gold_sales_fact_ecommerce", *ON_DATA)
"""The models from the orders' files to gold_sales_fact_ecommerce, and what is tested on them."""
STATUSES = ("placed", "paid", "shipped", "delivered")


def land(warehouse: Warehouse, lines: int, versions: int) -> None:
    """Land that many lines, of a fourth as many orders where there are four versions."""
    warehouse.generate(lines / versions, source="ecommerce")
    for path in sorted((warehouse.landing / "ecommerce").glob("*.json")):
        orders = [json.loads(line) for line in path.read_text().splitlines()]
        for number, status in enumerate(STATUSES[:versions]):
            updated_at = f"2026-02-0{number + 1}T00:00:00Z"
            with path.with_name(f"{path.stem}_{status}.json").open("w") as file:
                file.writelines(
                    json.dumps(order | {"status": status, "updated_at": updated_at}) + "\n"
                    for order in orders
                )
        path.unlink()


def main() -> None:
    """Measure both and print the ratio of their medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=400_000, help="lines of orders")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()

    medians = []
    for versions in (1, len(STATUSES)):
        with new_warehouse() as warehouse:
            land(warehouse, options.lines, versions)
            seconds = [
                warehouse.dbt("build", "--full-refresh", *ORDERS_WAY) for _ in range(options.runs)
            ]
        medians.append(median(seconds))
        each = ", ".join(f"{spent:.1f}" for spent in seconds)
        print(f"versions of each order: {versions}: {medians[-1]:.1f} CPU s ({each})", flush=True)
    print(f"ratio {medians[1] / medians[0]:.2f}")


if __name__ == "__main__":
    main()
