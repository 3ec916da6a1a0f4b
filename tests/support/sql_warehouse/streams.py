"""STREAM: what a streaming table's query reads is what it has not read before."""

from dataclasses import dataclass

from tests.support.sql_warehouse.files import Volumes, read_call
from tests.support.sql_warehouse.metadata import Catalog, Metadata, StreamingTable
from tests.support.sql_warehouse.sql import (
    Name,
    Reader,
    StatementError,
    literal,
    quoted,
    replaced,
    tokens,
)


@dataclass(frozen=True)
class Increment:
    """A query that reads what is new, and what will have been read when it is done."""

    query: str
    files: frozenset[str]
    positions: dict[Name, tuple[int, int]]

    def note_in(self, table: StreamingTable) -> None:
        """It is done: never again."""
        table.files |= self.files
        table.positions |= self.positions


@dataclass(frozen=True)
class Sources:
    """Where queries find what Spark cannot resolve."""

    volumes: Volumes
    catalog: Catalog
    metadata: Metadata
    schema: Name
    """The session's (catalog, schema)."""

    def batch(self, sql: str) -> str:
        """A statement outside of a streaming table: all files are read, STREAM is an error."""
        replacements = []
        found = tokens(sql)
        for place, token in enumerate(found):
            if token.kind != "word" or token.text.lower() != "read_files":
                continue
            reader = Reader(sql, found[place + 1 :])
            if not reader.next_is("("):
                continue
            if place and found[place - 1].text.upper() == "STREAM":
                raise StatementError("[UNSUPPORTED_STREAM] only a streaming table reads a STREAM")
            call = read_call(reader)
            relation = self.volumes.relation(call, self.volumes.files(call.path))
            replacements.append((token.start, reader.last_end, relation))
        return replaced(sql, replacements)

    def increment(self, table: StreamingTable) -> Increment:
        """The query of a streaming table, reading only what the table has not taken in."""
        sql = table.query
        replacements = []
        files: set[str] = set()
        positions: dict[Name, tuple[int, int]] = {}
        found = tokens(sql)
        for place, token in enumerate(found):
            if token.kind != "word" or token.text.upper() != "STREAM":
                continue
            reader = Reader(sql, found[place + 1 :])
            if reader.accept("READ_FILES"):
                call = read_call(reader)
                present = self.volumes.files(call.path)
                relation = self.volumes.relation(call, [f for f in present if f not in table.files])
                files.update(present)
            else:
                in_parentheses = reader.accept("(")
                source = self._full(reader.name())
                if in_parentheses:
                    reader.expect(")")
                relation, positions[source] = self._new_rows(source, table.positions.get(source))
            replacements.append((token.start, reader.last_end, relation))
        if not replacements:
            raise StatementError("[STREAMING_TABLE_QUERY_INVALID] the query has no STREAM source")
        return Increment(self.batch(replaced(sql, replacements)), frozenset(files), positions)

    def _full(self, name: Name) -> Name:
        return tuple(part.lower() for part in (*self.schema[: 3 - len(name)], *name))

    def _new_rows(self, source: Name, taken: tuple[int, int] | None) -> tuple[str, tuple[int, int]]:
        history, rows = self.catalog.position(source)
        if taken and taken[0] != history:
            raise StatementError(
                f"[DELTA_SOURCE_TABLE_IGNORE_CHANGES] rows of {'.'.join(source)} were changed or"
                " removed since they were streamed; a full refresh starts over"
            )
        first = taken[1] if taken else 0
        options = f"'first' = {literal(str(first))}, 'end' = {literal(str(rows))}"
        return f"{quoted(source)} with ({options})", (history, rows)
