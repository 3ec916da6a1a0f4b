"""Reads landed files line by line, for those that DuckDB's own readers can't take.

They drop or refuse a line that is not UTF-8, and stop at a damaged gzip file. The streaming tables
on DuckDB use this (macros/engine/streaming_table.sql), in the process of dbt.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice

import duckdb

LINES_AT_ONCE = 50_000

Line = tuple[str, bool]
"""A line and whether it is UTF-8; if not, each byte is one Latin-1 character."""


def fill_landing_lines(connection: duckdb.DuckDBPyConnection, paths: Iterable[str]) -> None:
    """Fill the temporary table landing_lines (path, line, is_utf8) with the lines of files.

    In the table landing_files (path, line_count), they get the number of their lines.
    """
    connection.execute(
        "create or replace temp table landing_lines (path varchar, line varchar, is_utf8 boolean)"
    )
    for path in paths:
        lines, line_count = lines_of(path), 0
        while some := list(islice(lines, LINES_AT_ONCE)):
            connection.execute(
                "insert into landing_lines select ?, unnest(?::varchar[]), unnest(?::boolean[])",
                [path, [text for text, _ in some], [is_utf8 for _, is_utf8 in some]],
            )
            line_count += len(some)
        connection.execute(
            "update landing_files set line_count = ? where path = ?", [line_count, path]
        )


def lines_of(path: str) -> Iterator[Line]:
    r"""The lines of a file that are not blank, split at \n alone.

    Of a damaged compressed file those before the damage come, and then the file itself as one more
    line that is no UTF-8.
    """
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        try:
            for line in file:
                line = line.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\n").removesuffix(b"\r")
                if line.strip(b" \t\r"):
                    yield decoded(line)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            with open(path, "rb") as damaged:
                yield damaged.read().decode("latin-1"), False


def decoded(line: bytes) -> Line:
    """A line as text, none of its bytes lost."""
    try:
        return line.decode("utf-8"), True
    except UnicodeDecodeError:
        return line.decode("latin-1"), False
