"""The four event streams made one event at a time: the baseline for the columnar generators.

The same fields and the same business rules, written the straightforward way: a random generator, a
dict an event, `json.dumps` a line; stock in a dict, sessions and baskets as loops. What does not
change from event to event is looked up once. It goes through the days in their order and carries
its stock, pending returns and abandoned carts along, so it needs no weekly reset and no other days.
"""

import json
import random
from collections.abc import Iterator
from datetime import date

from benchmarks.per_event.goods import Goods
from benchmarks.per_event.online import Online
from benchmarks.per_event.tills import Tills
from generators.world import World


def render_days(world: World, days: list[date]) -> Iterator[tuple[str, bytes]]:
    """The days' events as newline-delimited JSON, stream by stream."""
    draw = random.Random(world.seed)
    goods = Goods(draw, world, days[0])
    tills = Tills(draw, world.scale, goods)
    online = Online(draw, world.scale, goods)
    for day in days:
        transactions = tills.day(day)
        clicks, orders = online.day(day)
        goods.night(day)
        streams = {
            "pos": transactions,
            "ecommerce": orders,
            "inventory": goods.movements,
            "clickstream": clicks,
        }
        for stream, events in streams.items():
            yield (
                stream,
                "".join(
                    json.dumps(event, separators=(",", ":")) + "\n" for event in events
                ).encode(),
            )
        goods.movements = []
