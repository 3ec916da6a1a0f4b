"""What a list of master data said, export by export: the contract's rules in plain Python."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from decimal import Decimal

from tests.support.oracle.contract_values import typed_decimal, typed_timestamp

BEGINNING, END = date(1900, 1, 1), date(9999, 12, 31)
"""From when on and until when (exclusive) anything is valid."""
FIRST_KEY_WITHOUT_NUMBER = 1_000_000_001

Row = Mapping[str, str]
"""A row of a CSV file: texts, empty where a value is missing."""


@dataclass
class Member:
    """Whoever a list ever named."""

    key: int
    versions: dict[date, dict[str, str]]
    """The dated values by the day from which on they are valid; the first is BEGINNING."""
    row: Row
    """The last export's row that names it."""
    is_listed: bool = True

    def valid(self, day: date) -> tuple[date, dict[str, str]] | None:
        """The version of a day, and the day on which it began; None before and after all time."""
        if not BEGINNING <= day < END:
            return None
        days = sorted(self.versions)
        began = days[bisect_right(days, day) - 1]
        return began, self.versions[began]

    @property
    def last(self) -> tuple[date, dict[str, str]]:
        return max(self.versions.items())


Usable = Callable[[str], str]
"""What a cell says, in one spelling; nothing where it can't be used."""


def text(cell: str) -> str:
    return cell.strip(" ")


def amount(greatest: int, unit: Decimal) -> Usable:
    """A number from 0 to a greatest one, in so small units."""

    def usable(cell: str) -> str:
        value = typed_decimal(cell, unit)
        return "" if value is None or not 0 <= value <= greatest else str(value)

    return usable


class History:
    """All members of a list. `dated` says of each such column what can be used."""

    def __init__(self, id_: str, number: str, dated: Mapping[str, Usable], zone: tzinfo) -> None:
        self.id, self.dated = id_, dated
        self._number, self._zone = number, zone
        self.members: dict[str | None, Member] = {}

    def take(self, rows: Iterable[Row], build_day: date) -> None:
        """What an export says, seen by a build on a day."""
        rows = [row for row in rows if row[self.id] not in ("UNKNOWN", "GUEST")]
        self._give_keys(row for row in rows if row[self.id] not in self.members)
        listed = {row[self.id] for row in rows}
        for id_, member in self.members.items():
            member.is_listed = id_ in listed
        for row in rows:
            self._take_row(self.members[row[self.id]], row, build_day)

    def _give_keys(self, new: Iterable[Row]) -> None:
        taken = {member.key for member in self.members.values()}
        greatest = max([*taken, FIRST_KEY_WITHOUT_NUMBER - 1])
        for row in sorted(new, key=lambda row: row[self.id].encode()):
            cell = text(row.get(self._number, ""))
            number = int(cell) if re.fullmatch("[0-9]{1,9}", cell) else 0
            if not 1 <= number <= 999_999_999 or number in taken:
                greatest += 1
                number = greatest
            taken.add(number)
            self.members[row[self.id]] = Member(number, {}, row)

    def _take_row(self, member: Member, row: Row, build_day: date) -> None:
        member.row = row
        given = {column: usable(row.get(column, "")) for column, usable in self.dated.items()}
        if not member.versions:
            member.versions[BEGINNING] = given
            return
        last_day, last = member.last
        updated_on = self._day(row.get("updated_at", ""))
        if updated_on:
            day = max(updated_on, BEGINNING)
        elif all(text in ("", last[column]) for column, text in given.items()):
            day = last_day
        else:
            day = max(build_day, BEGINNING)
        said = {column: text for column, text in given.items() if text}
        versions: dict[date, dict[str, str]] = {}
        for began in sorted({*member.versions, day}):
            valid = member.valid(began)
            assert valid
            values = valid[1] | (said if began >= day else {})
            if not versions or values != max(versions.items())[1]:
                versions[began] = values
        member.versions = versions

    def _day(self, cell: str) -> date | None:
        """A day as written, or that of a moment with an offset in the calendar of the business."""
        cell = text(cell)
        if re.fullmatch(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}([T ][0-9:.]*)?", cell):
            try:
                return date.fromisoformat(cell[:10])
            except ValueError:
                return None
        at = typed_timestamp(cell)
        return at.replace(tzinfo=UTC).astimezone(self._zone).date() if at else None
