"""
The statements of Databricks SQL that Spark lacks or means otherwise.

A handler reads its statement to the end. A clause that it does not know is an error, and a
statement that no handler knows is Spark's, which makes an error of what it does not know either.
"""

from typing import TYPE_CHECKING

import pyarrow as pa

from tests.support.sql_warehouse.annotations import (
    alter_relation,
    analyze,
    grant,
    optimize,
    revoke,
    show_grants,
)
from tests.support.sql_warehouse.descriptions import describe
from tests.support.sql_warehouse.functions import create_function
from tests.support.sql_warehouse.metric_views import definition, query
from tests.support.sql_warehouse.results import NO_RESULT, texts
from tests.support.sql_warehouse.seed_values import text_rows
from tests.support.sql_warehouse.sql import Reader, StatementError, quoted
from tests.support.sql_warehouse.streaming_tables import (
    alter_schedule,
    create_streaming_table,
    refresh_streaming_table,
)

if TYPE_CHECKING:
    from tests.support.sql_warehouse.engine import Session

_RECORDED = {
    ("OPTIMIZE",): optimize,
    ("ANALYZE",): analyze,
    ("GRANT",): grant,
    ("REVOKE",): revoke,
}
_ALTERED = ("TABLE", "VIEW", "STREAMING TABLE")


def handled(sql: str, session: "Session") -> pa.Table | None:
    """The result of a statement that is handled here; None for one of Spark's own."""
    if rows := text_rows(sql):
        rows.insert(session)
        return NO_RESULT
    reader = Reader(sql)
    if reader.accept("DESCRIBE"):
        return describe(reader, session)
    if reader.accept("SHOW", "GRANTS"):
        grants = show_grants(reader, session)
        reader.expect_end()
        return grants
    if reader.accept("LIST"):
        return _list(reader, session)
    for first_words, handler in _RECORDED.items():
        if reader.accept(*first_words):
            handler(reader, session)
            reader.expect_end()
            return NO_RESULT
    for first_word, change in _CHANGES.items():
        if reader.accept(first_word):
            return NO_RESULT if change(reader, session) else None
    return None


def _list(reader: Reader, session: "Session") -> pa.Table:
    """LIST: what lies in a folder of a volume; of its columns, the path and the name."""
    folder = reader.text()
    reader.expect_end()
    names: list[str | None] = [*session.volumes.names_in(folder)]
    return texts(path=[f"dbfs:{folder.rstrip('/')}/{name}" for name in names], name=names)


def _use(reader: Reader, session: "Session") -> bool:
    catalog = reader.accept("CATALOG")
    if not catalog and not reader.accept("SCHEMA"):
        reader.accept("DATABASE")
    name = reader.name()
    reader.expect_end()
    if catalog:
        if name != session.full(("",))[:1]:
            raise StatementError(f"[NO_SUCH_CATALOG] {'.'.join(name)}")
    else:
        session.schema = session.full((*name, ""))[1]
        session.run(f"use schema {quoted((session.schema,))}")
    return True


def _create(reader: Reader, session: "Session") -> bool:
    """Streaming tables and functions are made here; nothing else may take the place of a stream."""
    or_refresh = reader.accept("OR", "REFRESH")
    if reader.accept("STREAMING", "TABLE"):
        create_streaming_table(reader, session, or_refresh)
        return True
    or_replace = reader.accept("OR", "REPLACE")
    if reader.accept("FUNCTION"):
        create_function(reader, session, or_replace)
        return True
    if reader.accept("TEMPORARY", "VIEW"):
        _create_temporary_view(reader, session)
        return True
    if reader.accept("TABLE") or reader.accept("VIEW"):
        reader.accept("IF", "NOT", "EXISTS")
        name = session.full(reader.name())
        if name in session.metadata.streaming_tables:
            raise StatementError(f"[TABLE_OR_VIEW_ALREADY_EXISTS] {'.'.join(name)} is a stream")
        if reader.accept("WITH", "METRICS", "LANGUAGE", "YAML", "AS"):
            text = definition(reader.rest())
            session.run(f"create or replace view {quoted(name)} as {query(text)}")
            session.metadata.metric_views[name] = text
            return True
        session.metadata.metric_views.pop(name, None)
    return False


def _create_temporary_view(reader: Reader, session: "Session") -> None:
    """name AS query; it runs once, when the view is first read, while a MERGE reads it often."""
    name = reader.identifier()
    reader.expect("AS")
    rows = session.query(reader.rest()).localCheckpoint(eager=False)
    rows.createOrReplaceTempView(quoted((name,)))


def _refresh(reader: Reader, session: "Session") -> bool:
    if not reader.accept("STREAMING", "TABLE"):
        return False
    refresh_streaming_table(reader, session)
    return True


def _alter(reader: Reader, session: "Session") -> bool:
    kind = next((kind for kind in _ALTERED if reader.accept(*kind.split())), None)
    if kind is None:
        return False
    name = session.catalog.relation(session.full(reader.name())).name
    change = reader.sql[reader.position :]
    is_stream = kind == "STREAMING TABLE"
    if is_stream and alter_schedule(reader, session, name):
        reader.expect_end()
        return True
    if alter_relation(reader, session, name):
        reader.expect_end()
        return True
    if is_stream:
        session.run(f"alter table {quoted(name)} {change}")
    return is_stream


def _drop(reader: Reader, session: "Session") -> bool:
    if reader.accept("TABLE") or reader.accept("VIEW"):
        reader.accept("IF", "EXISTS")
        name = reader.name()
        reader.expect_end()
        if len(name) > 1:  # a name of one part may be a temporary view's
            session.metadata.forget(session.full(name))
    return False


_CHANGES = {
    "USE": _use,
    "CREATE": _create,
    "REFRESH": _refresh,
    "ALTER": _alter,
    "DROP": _drop,
}
