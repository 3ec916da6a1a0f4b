"""How events arrive: in which order, and in how many batches."""

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

from tests.support.duckdb_warehouse import Event

T = TypeVar("T")


class Delivery(NamedTuple):
    """An event and the stream that it comes in by."""

    source: str
    event: Event


def in_order_of_arrival(rng: random.Random, deliveries: Sequence[Delivery]) -> list[Delivery]:
    """In the order of time, or not quite, or not at all."""
    times = [delivery.event["timestamp"] for delivery in deliveries]
    late = rng.choice([0.1, 1.0])
    arrivals = [(rng.choice(times) if rng.random() < late else at, n) for n, at in enumerate(times)]
    return [deliveries[n] for _, n in sorted(arrivals)]


def batches(rng: random.Random, arriving: Sequence[T], number: int) -> Iterator[Sequence[T]]:
    """About that many batches: large ones of any size, and a tiny one between any two."""
    starts = rng.sample(range(1, len(arriving) - 3), k=number // 2)
    cuts = sorted({0, *starts, *(start + rng.randint(1, 3) for start in starts), len(arriving)})
    for start, end in pairwise(cuts):
        yield arriving[start:end]
