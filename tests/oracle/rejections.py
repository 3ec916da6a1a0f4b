"""What does not get into silver, and so must be in the quarantine."""

from collections import Counter
from pathlib import Path
from typing import TypeAlias

from tests.oracle.contract_values import typed_text
from tests.oracle.delivery import E, valid_events, winners
from tests.oracle.events import Click, Movement, Order, Sale
from tests.oracle.landed import landed_lines
from tests.oracle.sales_lines import sold_items

Rejection: TypeAlias = tuple[str, str | None, int | None]
"""Source, event id and the position of a line item."""


def rejections(landing: Path) -> Counter[Rejection]:
    """How many rows the quarantine must have of each event and line item of a landing folder."""
    return (
        rejections_of(Sale, "transaction_id", landing)
        + rejections_of(Order, "order_id", landing)
        + rejections_of(Movement, "movement_id", landing)
        + rejections_of(Click, "event_id", landing)
    )


def rejections_of(stream: type[E], id_field: str, landing: Path) -> Counter[Rejection]:
    """Of one stream: each unusable line, each version that lost, each bad item of a winner."""
    found: Counter[Rejection] = Counter()
    lines = list(landed_lines(landing, stream.source))
    for event in lines:
        if event is None or stream.read(event) is None:
            found[stream.source, typed_text((event or {}).get(id_field)), None] += 1
    valid = valid_events(stream, (event for event in lines if event is not None))
    current = winners(valid)
    for loser in set(valid) - set(current):
        found[stream.source, loser.id, None] += 1
    for winner in current:
        if isinstance(winner, Sale | Order):
            sound = {item.position for item in sold_items(winner)}
            for position in range(1, len(winner.items) + 1):
                if position not in sound:
                    found[stream.source, winner.id, position] += 1
    return found
