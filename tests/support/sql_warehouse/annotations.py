"""ALTER, GRANT and the like: what Unity Catalog keeps of relations beside their rows."""

from typing import TYPE_CHECKING

import pyarrow as pa

from tests.support.sql_warehouse.results import texts
from tests.support.sql_warehouse.sql import Name, Reader, StatementError

if TYPE_CHECKING:
    from tests.support.sql_warehouse.engine import Session


def alter_relation(reader: Reader, session: "Session", name: Name) -> bool:
    """What follows ALTER TABLE name, if it is of this module; False leaves it to another."""
    noted = session.metadata.of(name)
    if reader.accept("SET", "TAGS"):
        tags = reader.pairs()
        noted.tags |= tags
        session.record("tags", name, tags=tags)
    elif reader.accept("UNSET", "TAGS"):
        for tag in _texts(reader):
            noted.tags.pop(tag, None)
        session.record("tags", name, tags=noted.tags)
    elif reader.accept("SET", "ROW", "FILTER"):
        read_row_filter(reader, session, name)
    elif reader.accept("DROP", "ROW", "FILTER"):
        noted.row_filter = None
        session.record("row filter", name, function=None)
    elif reader.accept("ALTER") or reader.accept("CHANGE"):
        reader.accept("COLUMN")
        return _alter_column(reader, session, name, reader.identifier())
    else:
        return False
    return True


def _alter_column(reader: Reader, session: "Session", name: Name, column: str) -> bool:
    noted = session.metadata.of(name)
    if column.lower() not in {c.name.lower() for c in session.catalog.relation(name).columns}:
        raise StatementError(f"[FIELD_NOT_FOUND] {'.'.join(name)} has no column {column}")
    if reader.accept("SET", "NOT", "NULL"):
        session.catalog.forbid_nulls(name, column)
    elif reader.accept("SET", "TAGS"):
        tags = reader.pairs()
        noted.column_tags[column] |= tags
        session.record("tags", name, column=column, tags=tags)
    elif reader.accept("UNSET", "TAGS"):
        for tag in _texts(reader):
            noted.column_tags[column].pop(tag, None)
        session.record("tags", name, column=column, tags=noted.column_tags[column])
    elif reader.accept("SET", "MASK"):
        read_mask(reader, session, name, column)
    elif reader.accept("DROP", "MASK"):
        noted.masks.pop(column, None)
        session.record("mask", name, column=column, function=None)
    else:
        return False
    return True


def read_mask(reader: Reader, session: "Session", table: Name, column: str) -> None:
    """function [USING COLUMNS (…)]; nobody is kept from seeing the values."""
    name = session.full(reader.name())
    if name not in session.metadata.functions:
        raise StatementError(f"[ROUTINE_NOT_FOUND] no function {'.'.join(name)}")
    function = ".".join(name)
    using = reader.identifiers() if reader.accept("USING", "COLUMNS") else []
    session.metadata.of(table).masks[column] = (function, using)
    session.record("mask", table, column=column, function=function, using=using)


def read_row_filter(reader: Reader, session: "Session", table: Name) -> None:
    """function ON (columns); nobody is kept from seeing the rows."""
    function = ".".join(session.full(reader.name()))
    reader.expect("ON")
    using = reader.identifiers()
    session.metadata.of(table).row_filter = (function, using)
    session.record("row filter", table, function=function, using=using)


def grant(reader: Reader, session: "Session") -> None:
    """privileges ON [TABLE | VIEW] name TO principal."""
    name, privileges = _privileges_on(reader, session)
    reader.expect("TO")
    principal = reader.identifier()
    session.metadata.of(name).grants |= {(principal, privilege) for privilege in privileges}
    session.record("grant", name, to=principal, privileges=privileges)


def revoke(reader: Reader, session: "Session") -> None:
    """privileges ON [TABLE | VIEW] name FROM principal."""
    name, privileges = _privileges_on(reader, session)
    reader.expect("FROM")
    principal = reader.identifier()
    session.metadata.of(name).grants -= {(principal, privilege) for privilege in privileges}
    session.record("revoke", name, to=principal, privileges=privileges)


def _privileges_on(reader: Reader, session: "Session") -> tuple[Name, list[str]]:
    privileges = [reader.identifier().upper()]
    while reader.accept(","):
        privileges.append(reader.identifier().upper())
    reader.expect("ON")
    return _existing(reader, session), privileges


def show_grants(reader: Reader, session: "Session") -> pa.Table:
    """ON [TABLE | VIEW] name."""
    reader.expect("ON")
    name = _existing(reader, session)
    grants = sorted(session.metadata.of(name).grants)
    return texts(
        Principal=[principal for principal, _ in grants],
        ActionType=[privilege for _, privilege in grants],
        ObjectType=["TABLE"] * len(grants),
        ObjectKey=[".".join(name)] * len(grants),
    )


def optimize(reader: Reader, session: "Session") -> None:
    """name [FULL]."""
    name = _existing(reader, session)
    session.record("optimize", name, full=reader.accept("FULL"))


def analyze(reader: Reader, session: "Session") -> None:
    """TABLE name COMPUTE [DELTA] STATISTICS."""
    name = _existing(reader, session)
    reader.expect("COMPUTE")
    reader.accept("DELTA")
    reader.expect("STATISTICS")
    session.record("analyze", name)


def _existing(reader: Reader, session: "Session") -> Name:
    if not reader.accept("TABLE"):
        reader.accept("VIEW")
    return session.catalog.relation(session.full(reader.name())).name


def _texts(reader: Reader) -> list[str]:
    reader.expect("(")
    found = [reader.text()]
    while reader.accept(","):
        found.append(reader.text())
    reader.expect(")")
    return found
