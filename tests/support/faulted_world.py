"""A few days of events in all four streams, with every trouble that delivery can bring.

Generated days and small random worlds whose events share few ids, instants, sessions, customers,
products and places; then versions that contradict each other and move an event to another day,
session, customer, product or place; corrections; redeliveries, some under a smaller path; lines
that can't be used.

Of versions of one time that counts whose first file has the greatest path: the same files must be
landed under the same names wherever two warehouses are compared.
"""

import json
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TypeAlias

from tests.support.duckdb_warehouse import ROOT, Event

DAYS = ["2026-01-30", "2026-01-31", "2026-02-01"]
LONG_AGO = ["2020-02-29", "2019-12-31"]
"""The second is outside the date dimension."""
IDS = {
    "pos": "transaction_id",
    "ecommerce": "order_id",
    "inventory": "movement_id",
    "clickstream": "event_id",
}
UNUSABLE: list[Event] = [
    {"timestamp": "2026-13-01T00:00:00Z"},
    {"timestamp": None},
    {"items": [], "movement_type": "theft", "event_type": "hover"},
    {"items": "none", "sku": "", "session_id": " "},
]
"""Each makes an event of any stream unusable."""

UPDATES = ["2026-02-10T00:00:00Z", "2026-02-10T00:00:00Z", "2026-02-11 08:00+01:00"]
"""After most events."""
OTHER_UPDATES = ["2019-06-01T00:00:00Z", "yesterday"]
"""Before all events, and an unusable one."""
KEPT_BY_CORRECTIONS = {"timestamp", "store_id", "location_id"}
TRANSACTION_TYPES = ["sale", "sale", "Sale", "return", "RETURN", None, "void", "VOID"]
STATUSES = [None, None, "placed", "Shipped", "cancelled", "CANCELED", "lost"]
"""Orders that are CANCELED have no items."""

OPENING_STEP = 10
"""Of the opening stock, thousands of movements that are all alike, each tenth is taken."""
WORLDS = 3
FAULTED_A_FILE = 20
SESSIONS = 10
BOUGHT_SESSIONS = [8, 9]
"""Sessions of a random world that end with a checkout; the others leave their carts."""

Files: TypeAlias = dict[tuple[str, str], list[str]]
"""Lines by source and day."""


def faulted_files(seed: int, folder: Path) -> Files:
    """The same files for the same seed; `folder` is where generated files may be written."""
    rng = random.Random(seed)
    files = generated_events(seed, folder)
    for world in range(WORLDS):
        for source, events in random_events(rng, f"W{world}").items():
            for event in events:
                files[source, day_of_delivery(rng, event)].append(event)
    lines: Files = defaultdict(list)
    for (source, day), events in files.items():
        lines[source, day] += [delivered(rng, event) for event in events]
        for event in rng.choices(events, k=FAULTED_A_FILE):
            for day_of_line, line in faulted(rng, event, rng.choice(events), IDS[source]):
                lines[source, day_of_line].append(line)
    for source, day, event in carts_left_in_peace():
        lines[source, day].append(json.dumps(event))
    for of_one_file in lines.values():
        rng.shuffle(of_one_file)
    return lines


def generated_events(seed: int, folder: Path) -> dict[tuple[str, str], list[Event]]:
    """The days of a generated world, and some of its opening stock."""
    days = ["--days", str(len(DAYS)), "--end", DAYS[-1]]
    world = ["--seed", str(seed), "--scale", "0.02", "--out", str(folder)]
    subprocess.run(
        [sys.executable, "-m", "generators", "generate", *days, *world],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    files: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for source in IDS:
        for path in sorted((folder / source).iterdir()):
            (day,) = (day for day in DAYS if day.replace("-", "") in path.name)
            lines = path.read_text().splitlines()
            step = OPENING_STEP if path.name.startswith("opening") else 1
            files[source, day] += map(json.loads, lines[::step])
    return files


def carts_left_in_peace() -> list[tuple[str, str, Event]]:
    """Sources, days of delivery and events: no trouble befalls these carts, yet each day does.

    After the first day one session is just over and another, S2, is not yet; after the second that
    one is, and its cart recovered. On the third come its order, a late event of the session before
    it, and one more that is just over.
    """

    def click(number: int, event_type: str, session: int, at: str, **fields: object) -> Event:
        return {
            "event_id": f"CART-E{number}",
            "session_id": f"CART-S{session}",
            "event_type": event_type,
            "timestamp": at,
            "customer_id": "CUST_00000777" if session in (1, 2, 5) else "CUST_00000778",
            "cart": {"items": 1, "value": 10} if event_type == "add_to_cart" else None,
        } | fields

    order = {
        "order_id": "CART-O",
        "timestamp": "2026-03-02T12:00:00Z",
        "items": [{"sku": "SKU_000001", "qty": 1, "price": 10}],
    }
    first, second, third = DAYS
    return [
        ("clickstream", first, click(1, "add_to_cart", 1, "2026-02-27T12:00:00Z")),
        ("clickstream", first, click(2, "add_to_cart", 2, "2026-03-01T11:30:00.1Z")),
        ("clickstream", first, click(3, "add_to_cart", 3, "2026-03-01T11:30:00Z")),
        ("clickstream", first, click(4, "page_view", 4, "2026-03-01T12:00:00Z")),
        (
            "clickstream",
            second,
            click(5, "complete_checkout", 5, "2026-03-02T12:00:00Z", order_id="CART-O"),
        ),
        ("clickstream", second, click(6, "page_view", 6, "2026-03-02T13:00:00Z")),
        ("ecommerce", third, order),
        ("clickstream", third, click(7, "page_view", 1, "2026-02-27T11:00:00Z")),
        ("clickstream", third, click(8, "add_to_cart", 8, "2026-03-03T11:30:00Z")),
        ("clickstream", third, click(9, "page_view", 9, "2026-03-03T12:00:00Z")),
    ]


def day_of_delivery(rng: random.Random, event: Event) -> str:
    """Mostly the day on which an event happened."""
    day = event["timestamp"][:10]
    return day if day in DAYS and rng.random() < 0.8 else rng.choice(DAYS)


def delivered(rng: random.Random, event: Event) -> str:
    """An event as a line: the same event need not be the same text."""
    fields = list((event | rng.choice([{}, {"unknown": rng.random()}])).items())
    rng.shuffle(fields)
    return json.dumps(dict(fields))


def faulted(rng: random.Random, event: Event, other: Event, id_field: str) -> list[tuple[str, str]]:
    """What else comes under the id of an event, and on which days.

    It is the event itself, another version, or nothing of use.
    """
    taken_over = rng.sample(sorted(other.keys() - {id_field}), k=2)
    change = {field: other[field] for field in taken_over}
    rival = event | change
    tie = rival | {"timestamp": event["timestamp"]}
    correction = {k: v for k, v in change.items() if k not in KEPT_BY_CORRECTIONS}
    corrected = event | correction | {"updated_at": rng.choice(UPDATES)}
    updated = rival | {"updated_at": rng.choice(UPDATES + OTHER_UPDATES)}
    unusable = rival | rng.choice(UNUSABLE)
    line = delivered(rng, event)
    first, last = DAYS[0], DAYS[-1]
    some, another = rng.choice(DAYS), rng.choice(DAYS)
    return rng.choice(
        [
            [(some, line)],
            [(some, delivered(rng, rival))],
            [(some, delivered(rng, each)) for each in (rival, event, tie)],
            # Wins by its path, then by that of the event, which is then the greater one.
            [(last, delivered(rng, tie)), (first, delivered(rng, tie))],
            [(last, line), (another, delivered(rng, tie))],
            [(some, delivered(rng, corrected))],
            [(some, delivered(rng, corrected)), (another, delivered(rng, updated))],
            [(some, delivered(rng, updated)), (another, delivered(rng, tie))],
            [(some, delivered(rng, unusable))],
            [(some, line[: len(line) // 2]), (some, "[]")],
        ]
    )


def random_events(rng: random.Random, world: str) -> dict[str, list[Event]]:
    """Conflicting versions of few events of a small world."""
    customers = [f"CUST_000000{world[1:]}1", f"CUST_000000{world[1:]}2", "CUST_99999999", None]
    products = ["SKU_000001", "SKU_000002", "SKU_999999"]
    channels = ["WEB_MOBILE", "APP_IOS", "FAX", None]

    def id_of(kind: str, count: int) -> str:
        return f"{world}-{kind}{rng.randrange(count)}"

    def instant(usual_days: list[str] = DAYS) -> str:
        day = rng.choice(usual_days * (18 // len(usual_days)) + LONG_AGO)
        return f"{day}T{rng.choice([9, 23]):02}:{rng.choice([0, 29, 30, 31, 59]):02}:00Z"

    def item() -> Event | None:
        if rng.random() < 0.1:
            return None
        return {
            "sku": rng.choice([*products, ""]),
            "qty": rng.choice([1, 1, 2, 3, -1, -2, 0, "x"]),
            "price": rng.choice([10, 10, 19.99, 1.7955, "0.3335", 999999999.995, 1e9, -1]),
            "discount": rng.choice([0, 0, 0.5, 0.0045, -0.25, None]),
            "qty_requested": rng.choice([None, None, 2, 5]),
            "line_total": rng.choice([None, None, 9.5, "free"]),
        }

    def updated_at() -> str | None:
        return rng.choice([*[None] * 9, *UPDATES, *OTHER_UPDATES])

    def items() -> list[Event | None]:
        return [item() for _ in range(rng.randint(1, 3))]

    def sale() -> Event:
        return {
            "transaction_id": id_of("T", 8),
            "store_id": rng.choice(["LOC_001", "LOC_002", "LOC_099"]),
            "timestamp": instant(),
            "customer_id": rng.choice(customers),
            "items": items(),
            "transaction_type": rng.choice(TRANSACTION_TYPES),
            "updated_at": updated_at(),
        }

    def order() -> Event:
        status = rng.choice(STATUSES)
        return {
            "order_id": id_of("O", 6),
            "channel": rng.choice(channels),
            "timestamp": instant(),
            "customer_id": rng.choice(customers),
            "shipping_address": {"state": rng.choice(["NY", "CA", "OR", None])},
            "items": [] if status == "CANCELED" else items(),
            "promo_code": rng.choice(["VIP20", None]),
            "session_id": rng.choice([*(f"{world}-S{n}" for n in BOUGHT_SESSIONS), None]),
            "status": status,
            "updated_at": updated_at(),
        }

    def movement() -> Event:
        return {
            "movement_id": id_of("M", 12),
            "movement_type": rng.choice(["receipt", "Transfer_In", "SALE", "Return", "adjustment"]),
            "timestamp": instant(),
            "location_id": rng.choice(["LOC_001", "LOC_011", "LOC_099"]),
            "sku": rng.choice(products),
            "quantity": rng.choice([-3, -1, 0, 1, 2, 1.5]),
            "cost_per_unit": rng.choice([12.5, 0.005, None]),
            "updated_at": updated_at(),
        }

    def click() -> Event:
        session = rng.randrange(SESSIONS)
        is_bought = session in BOUGHT_SESSIONS
        left = ["page_view", "add_to_cart", "add_to_cart", "remove_from_cart", "begin_checkout"]
        full, halves = {"items": 2, "value": 29.99}, [{"items": 1}, {"value": 9.99}]
        return {
            "event_id": id_of("E", 40),
            "session_id": f"{world}-S{session}",
            "event_type": rng.choice(["page_view", "complete_checkout"] if is_bought else left),
            "timestamp": instant([DAYS[-1] if is_bought else DAYS[session % 2]]),
            "channel": rng.choice(channels),
            "customer_id": rng.choice([*customers[:2] * 3, *customers]),
            "product_sku": rng.choice([*products, None]),
            "cart": rng.choice([None, {"items": 0, "value": 0}, full, full, *halves]),
            "order_id": rng.choice([id_of("O", 8), None]),
            "updated_at": updated_at(),
        }

    return {
        "pos": [sale() for _ in range(16)],
        "ecommerce": [order() for _ in range(12)],
        "inventory": [movement() for _ in range(24)],
        "clickstream": [click() for _ in range(80)],
    }
