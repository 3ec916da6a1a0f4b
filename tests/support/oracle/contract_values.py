"""The values of the event contract in plain Python: what stands in files, typed.

Written from the contract alone, as the SQL is, so that each can be wrong only by itself.
"""

import json
import re
import string
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
MILLIONTH = Decimal("0.000001")
ZERO = Decimal("0.00")
AMOUNTS_BELOW = 1_000_000_000
"""Either way, before an amount is rounded."""
UNKNOWN = -1
"""The key of what no dimension row answers."""
GUEST = -2
"""The customer's key where an event names none."""
FIRST_YEAR, LAST_YEAR = 2020, 2035
"""Of the date dimension."""

_LOWER_CASE = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_INTEGER = re.compile(r"[+-]?[0-9]+")
_AMOUNT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?"
    r"(?:(Z)|([+-])([0-9]{2}):?([0-9]{2}))?"
)


def typed_text(value: Any) -> str | None:
    """The text of any JSON value; blanks around it don't count, an empty one is missing."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.strip(" ") or None


def typed_word(value: Any) -> str | None:
    """A text that is matched without regard to the case of A to Z, in lower case."""
    text = typed_text(value)
    return text and text.translate(_LOWER_CASE)


def typed_integer(value: Any) -> int | None:
    text = typed_text(value)
    if text is None or not _INTEGER.fullmatch(text) or abs(int(text)) > 1_000_000:
        return None
    return int(text)


def to_cents(amount: Decimal) -> Decimal:
    """Rounded half away from zero; there is no negative zero."""
    return _rounded(amount, CENT)


def typed_amount(value: Any) -> Decimal | None:
    """An amount of dollars with two decimals."""
    return typed_decimal(value, CENT)


def typed_unit_amount(value: Any) -> Decimal | None:
    """A price or a discount of one unit: it has six decimals."""
    return typed_decimal(value, MILLIONTH)


def typed_decimal(value: Any, step: Decimal) -> Decimal | None:
    text = typed_text(value)
    if text is None or not _AMOUNT.fullmatch(text):
        return None
    amount = Decimal(text)
    return _rounded(amount, step) if amount.copy_abs() < AMOUNTS_BELOW else None


def _rounded(amount: Decimal, step: Decimal) -> Decimal:
    return amount.quantize(step, ROUND_HALF_UP) + ZERO


def typed_timestamp(value: Any) -> datetime | None:
    """A naive datetime in UTC."""
    match = _TIMESTAMP.fullmatch(typed_text(value) or "")
    if match is None:
        return None
    *parts, fraction, _, sign, hours, minutes = match.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    zone: timezone = UTC
    try:
        if sign:
            if int(hours) > 23 or int(minutes) > 59:
                return None
            ahead = timedelta(hours=int(hours), minutes=int(minutes))
            zone = timezone(ahead if sign == "+" else -ahead)
        micros = int((fraction or "")[:6].ljust(6, "0"))
        instant = datetime(year, month, day, hour, minute, second, micros, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant.replace(tzinfo=None) if year >= 1900 else None


def typed_object(value: Any) -> dict[str, Any]:
    """A JSON object, or the text of one; anything else is an object without fields."""
    parsed = _parsed(value, "{")
    return parsed if isinstance(parsed, dict) else {}


def typed_array(value: Any) -> list[Any]:
    """A JSON array, or the text of one; anything else has no elements."""
    parsed = _parsed(value, "[")
    return parsed if isinstance(parsed, list) else []


def _parsed(value: Any, start: str) -> Any:
    if not isinstance(value, str) or not value.startswith(start):
        return value
    try:
        return json.loads(value, parse_float=str, parse_int=str)
    except ValueError:
        return None


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - datetime(1970, 1, 1)) // timedelta(microseconds=1)


def date_key(at: datetime) -> int:
    """The day of a local time, `UNKNOWN` outside the date dimension."""
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        return UNKNOWN
    return at.year * 10000 + at.month * 100 + at.day


def time_key(at: datetime) -> int:
    """The quarter hour of a local time that has begun."""
    return at.hour * 100 + at.minute // 15 * 15
