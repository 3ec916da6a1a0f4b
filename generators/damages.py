"""What writers do wrong: ways to damage one event, and what the event contract makes of each.

A way takes an event, as it is read from its line, and a source of choices; it changes the event and
says what becomes of it, or leaves it alone and says nothing where it has no field to damage.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any, Final, TypeAlias, TypeVar

Event: TypeAlias = dict[str, Any]

T = TypeVar("T")

DEDUPLICATED: Final = "deduplicated"
QUARANTINED: Final = "quarantined"
WARNED: Final = "kept with warning"
RESCUED: Final = "rescued"
KEPT: Final = "kept"


class Choices:
    """Choices that a number of 64 random bits makes, one after the other."""

    def __init__(self, bits: int) -> None:
        """Start with all of the bits."""
        self._bits = bits

    def below(self, limit: int) -> int:
        """A whole number from 0 up to, but not including, a limit."""
        self._bits, number = divmod(self._bits, limit)
        return number

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The expected outcome of a damaged event.

    Attributes:
        name: deduplicated, quarantined, kept with warning, rescued or kept.
        expectation: Bare name of the expectation that it breaks, if any.
        line_number: Position, from 1, of the line item that this is about; None for the event.
    """

    name: str
    expectation: str | None = None
    line_number: int | None = None


Damage: TypeAlias = Callable[[Event, Choices], Outcome | None]
TextDamage: TypeAlias = Callable[[bytes, Choices], bytes]
Change: TypeAlias = Callable[[Event], Any]
"""Makes a field's new value from the event or line item that has the field."""

kept: Final = Outcome(KEPT)
rescued: Final = Outcome(RESCUED)

_ABSENT: Final = object()


def quarantined(expectation: str) -> Outcome:
    """Rejected because an expectation is broken."""
    return Outcome(QUARANTINED, expectation)


def warned(expectation: str) -> Outcome:
    """Kept, with a warning that an expectation is broken."""
    return Outcome(WARNED, expectation)


def _to(value: Any) -> Change:
    return lambda _: value


def _set(holder: Event, field: str, value: Any) -> None:
    if value is _ABSENT:
        del holder[field]
    else:
        holder[field] = value


def in_event(field: str, outcome: Outcome, *changes: Change) -> Damage:
    """Damage a field of the event, where it has a value."""

    def damage(event: Event, choices: Choices) -> Outcome | None:
        if event.get(field) is None:
            return None
        _set(event, field, choices.pick(changes)(event))
        return outcome

    return damage


def in_item(field: str, outcome: Outcome, *changes: Change) -> Damage:
    """Damage a field of one of the line items."""

    def damage(event: Event, choices: Choices) -> Outcome:
        place = choices.below(len(event["items"]))
        item = event["items"][place]
        _set(item, field, choices.pick(changes)(item))
        return replace(outcome, line_number=place + 1)

    return damage


def missing(field: str, outcome: Outcome) -> Damage:
    """An event without a value: null, empty, or without the key."""
    return in_event(field, outcome, _to(None), _to(""), _to(_ABSENT))


def missing_items(outcome: Outcome) -> Damage:
    """An event without line items."""
    return in_event("items", outcome, _to(None), _to([]), _to(_ABSENT))


def missing_in_item(field: str, outcome: Outcome) -> Damage:
    """A line item without a value."""
    return in_item(field, outcome, _to(None), _to(""), _to(_ABSENT))


def replaced(field: str, outcome: Outcome, *values: Any) -> Damage:
    """Another value in a field of the event, where it has one."""
    return in_event(field, outcome, *map(_to, values))


def replaced_in_item(field: str, outcome: Outcome, *values: Any) -> Damage:
    """Another value in a field of a line item."""
    return in_item(field, outcome, *map(_to, values))


def negative_in_item(field: str, outcome: Outcome) -> Damage:
    """A number in a line item with the wrong sign."""
    return in_item(field, outcome, lambda item: -item[field])


def above_price_in_item(field: str, outcome: Outcome) -> Damage:
    """An amount in a line item that is higher than its price."""
    return in_item(field, outcome, lambda item: round(item["price"] + 10, 2))


def lone_item(event: Event, choices: Choices) -> Outcome:
    """The line items are not a list."""
    event["items"] = event["items"][0]
    return quarantined("has_items")


def negative_quantity(event: Event, choices: Choices) -> Outcome | None:
    """A movement with the opposite sign, which only counts for an adjustment."""
    if event["movement_type"] == "adjustment":
        return None
    event["quantity"] = -event["quantity"]
    return kept


def added(fields: Event) -> Damage:
    """One more field that the contract does not know."""

    def damage(event: Event, choices: Choices) -> Outcome:
        name = choices.pick(list(fields))
        event[name] = fields[name]
        return rescued

    return damage


def renamed(field: str, name: str) -> Damage:
    """A field under a name that the contract does not know."""

    def damage(event: Event, choices: Choices) -> Outcome:
        event[name] = event.pop(field)
        return rescued

    return damage


def _as_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_texts(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_texts(part) for part in value]
    return str(value) if isinstance(value, int | float) else value


def numbers_as_texts(event: Event, choices: Choices) -> Outcome | None:
    """All numbers written as text, where there are any."""
    texts = _as_texts(event)
    if texts == event:
        return None
    event.update(texts)
    return kept


def other_offset(event: Event, choices: Choices) -> Outcome:
    """The same instant as clocks elsewhere show it, or in UTC without the `Z`."""
    instant = datetime.fromisoformat(event["timestamp"])
    minutes = choices.pick((330, -480, 840, 60, -210, 0))
    local = instant.astimezone(timezone(timedelta(minutes=minutes)))
    text = local.isoformat(sep=choices.pick("T "), timespec="milliseconds")
    event["timestamp"] = text if minutes else text.removesuffix("+00:00")
    return kept


def future_timestamp(event: Event, choices: Choices) -> Outcome:
    """An instant decades ahead: after whenever it is that the event arrives."""
    instant = datetime.fromisoformat(event["timestamp"])
    future = instant + timedelta(days=365 * choices.pick((30, 40, 100, 400)))
    event["timestamp"] = future.isoformat(timespec="milliseconds")
    return quarantined("not_from_the_future")


# Lines that are not events any more.


def truncated(line: bytes, choices: Choices) -> bytes:
    """A line that ends too early; one of at least two bytes."""
    return line[: 1 + choices.below(len(line) - 1)]


def corrupt(line: bytes, choices: Choices) -> bytes:
    """A line that is not a JSON object in UTF-8: other bytes, an array, more text, wrong quotes."""
    middle = len(line) // 2
    return choices.pick(
        (
            line[:middle] + b"\xff\xfe" + line[middle:],
            b"[" + line + b"]",
            line + b" end",
            line.replace(b'"', b"'"),
            b'"' + str(len(line)).encode() + b'"',
        )
    )


def respelt(line: bytes, choices: Choices) -> bytes:
    """The same event, written differently or exactly as before."""
    if choices.below(2):
        return line
    event = json.loads(line)
    return json.dumps({name: event[name] for name in reversed(event)}).encode()
