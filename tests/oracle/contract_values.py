"""The values of the event contract in plain Python: texts as written in files, typed.

Written from the contract alone, as the SQL is, so that each can be wrong only by itself.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")

_INTEGER = re.compile(r"[+-]?[0-9]+")
_AMOUNT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?"
    r"(?:(Z)|([+-])([0-9]{2}):?([0-9]{2}))?"
)


def typed_text(text: str | None) -> str | None:
    return (text or "").strip(" ") or None


def typed_integer(text: str | None) -> int | None:
    text = typed_text(text)
    if text is None or not _INTEGER.fullmatch(text) or abs(int(text)) > 1_000_000:
        return None
    return int(text)


def to_cents(amount: Decimal) -> Decimal:
    """Rounded half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def typed_amount(text: str | None) -> Decimal | None:
    text = typed_text(text)
    if text is None or not _AMOUNT.fullmatch(text):
        return None
    amount = Decimal(text)
    return to_cents(amount) if amount.copy_abs() < 1_000_000_000 else None


def typed_timestamp(text: str | None) -> datetime | None:
    """A naive datetime in UTC."""
    match = _TIMESTAMP.fullmatch(typed_text(text) or "")
    if match is None:
        return None
    *parts, fraction, _, sign, hours, minutes = match.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    zone = UTC
    try:
        if sign:
            if int(hours) > 23 or int(minutes) > 59:
                return None
            ahead = timedelta(hours=int(hours), minutes=int(minutes))
            zone = timezone(ahead if sign == "+" else -ahead)  # type: ignore[assignment]
        micros = int((fraction or "")[:6].ljust(6, "0"))
        instant = datetime(year, month, day, hour, minute, second, micros, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant.replace(tzinfo=None) if year >= 1900 else None
