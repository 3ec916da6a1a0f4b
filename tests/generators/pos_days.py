import json
from datetime import date
from typing import Any

from generators.pos_json import make_files
from generators.world import World

BIG = World(7, 60.0)
SALE_DAY = date(2025, 11, 12)
PLAIN_DAY = date(2025, 10, 15)


def read_day(world: World, day: date) -> list[dict[str, Any]]:
    """The events of a day, as any reader of its files would see them."""
    return [
        json.loads(line)
        for file in make_files(world, day)
        for line in file.content.decode().splitlines()
    ]
