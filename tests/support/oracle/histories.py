"""What a list of master data said, export by export: the contract's rules in plain Python."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

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


class History:
    """All members of a list. Values are usable texts or empty."""

    def __init__(self, id_: str, number: str, dated: Iterable[str], zone: tzinfo) -> None:
        self._id, self._number, self._dated, self._zone = id_, number, list(dated), zone
        self.members: dict[str | None, Member] = {}

    def take(self, rows: Iterable[Row], build_day: date) -> None:
        """What an export says, seen by a build on a day."""
        rows = [row for row in rows if row[self._id] not in ("UNKNOWN", "GUEST")]
        self._give_keys(row for row in rows if row[self._id] not in self.members)
        listed = {row[self._id] for row in rows}
        for id_, member in self.members.items():
            member.is_listed = id_ in listed
        for row in rows:
            self._take_row(self.members[row[self._id]], row, build_day)

    def _give_keys(self, new: Iterable[Row]) -> None:
        taken = {member.key for member in self.members.values()}
        greatest = max([*taken, FIRST_KEY_WITHOUT_NUMBER - 1])
        for row in sorted(new, key=lambda row: row[self._id].encode()):
            number = int(row.get(self._number) or 0)
            if not 1 <= number <= 999_999_999 or number in taken:
                greatest += 1
                number = greatest
            taken.add(number)
            self.members[row[self._id]] = Member(number, {}, row)

    def _take_row(self, member: Member, row: Row, build_day: date) -> None:
        member.row = row
        given = {column: row[column] for column in self._dated}
        if not member.versions:
            member.versions[BEGINNING] = given
            return
        last_day, last = member.last
        if row.get("updated_at"):
            day = max(self._day(row["updated_at"]), BEGINNING)
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

    def _day(self, text: str) -> date:
        at = datetime.fromisoformat(text)
        return (at.astimezone(self._zone) if at.tzinfo else at).date()
