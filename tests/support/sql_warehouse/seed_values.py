"""
INSERT … VALUES as dbt seeds send it: rows of quoted texts for columns of any type.

Databricks casts them; Spark refuses, and would take half a minute over ten thousand rows of
expressions. Here the texts are read and become a table whose columns Spark casts.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from tests.support.sql_warehouse.sql import Name, Reader, StatementError, quoted, unescaped

if TYPE_CHECKING:
    from tests.support.sql_warehouse.engine import Session

_INSERT = re.compile(
    r"(?:\s|/\*.*?\*/)*insert\s+(into|overwrite)\s+(?:table\s+)?((?:`[^`]+`|[\w.])+)\s+values\s*",
    re.IGNORECASE | re.DOTALL,
)
_VALUE = re.compile(r"\s*([(,])\s*(?:('(?:[^'\\]|\\.|'')*')|(null))\s*(\))?", re.I | re.DOTALL)


@dataclass(frozen=True)
class TextRows:
    """Rows of texts on their way into a table."""

    table: Name
    overwrite: bool
    rows: list[list[str | None]]

    def insert(self, session: "Session") -> None:
        """Cast the texts to the types of the table's columns and write them."""
        columns = session.catalog.relation(session.full(self.table)).columns
        if any(len(row) != len(columns) for row in self.rows):
            raise StatementError(
                f"[INSERT_COLUMN_ARITY_MISMATCH] {'.'.join(self.table)} has {len(columns)} columns"
            )
        texts = pa.table(
            {
                column.name: pa.array([row[n] for row in self.rows], pa.string())
                for n, column in enumerate(columns)
            }
        )
        session.spark.createDataFrame(texts).createOrReplaceTempView("_seed_values")
        casts = ", ".join(
            f"cast({quoted((column.name,))} as {column.type.simpleString()})" for column in columns
        )
        how = "overwrite" if self.overwrite else "into"
        session.run(f"insert {how} {quoted(self.table)} select {casts} from _seed_values")
        session.spark.catalog.dropTempView("_seed_values")


def text_rows(sql: str) -> TextRows | None:
    """The rows of such a statement; None for another, also where a value is not a plain text."""
    start = _INSERT.match(sql)
    if not start:
        return None
    rows: list[list[str | None]] = []
    place, end, opens = start.end(), len(sql.rstrip().removesuffix(";").rstrip()), True
    while place < end:
        if rows and opens:
            comma = re.compile(r"\s*,").match(sql, place)
            if not comma:
                return None
            place = comma.end()
        value = _VALUE.match(sql, place)
        if not value or (value[1] == "(") != opens:
            return None
        if opens:
            rows.append([])
        rows[-1].append(unescaped(value[2]) if value[2] else None)
        opens = bool(value[4])
        place = value.end()
    if not rows or not opens:
        return None
    return TextRows(Reader(start[2]).name(), start[1].lower() == "overwrite", rows)
