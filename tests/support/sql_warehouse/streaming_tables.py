"""CREATE and REFRESH STREAMING TABLE: a table that takes in what is new in its sources."""

from typing import TYPE_CHECKING

from tests.support.sql_warehouse.annotations import read_mask, read_row_filter
from tests.support.sql_warehouse.metadata import StreamingTable
from tests.support.sql_warehouse.sql import Name, Reader, StatementError, literal, quoted

if TYPE_CHECKING:
    from tests.support.sql_warehouse.engine import Session


def create_streaming_table(reader: Reader, session: "Session", or_refresh: bool) -> None:
    """[IF NOT EXISTS] name [(columns)] [clauses] AS query."""
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    name = session.full(reader.name())
    columns = _stream_columns(reader, session, name) if reader.next_is("(") else None
    layout, schedule = _stream_clauses(reader, session, name)
    reader.expect("AS")
    query = reader.rest()

    present = session.metadata.streaming_tables.get(name)
    if present and if_not_exists:
        return
    if present and or_refresh:
        present.query = query
        present.schedule = schedule
        _refresh(session, name, present)
        return

    table = StreamingTable(query, schedule)
    if columns is None:
        increment = session.sources.increment(table)
        empty = f"select * from ({increment.query}) where false"
        session.run(f"create table {quoted(name)} using delta {layout} as {empty}")
    else:
        session.run(f"create table {quoted(name)} ({columns}) using delta {layout}")
    try:
        _refresh(session, name, table)
    except Exception:
        session.run(f"drop table {quoted(name)}")
        raise
    session.metadata.streaming_tables[name] = table


def _stream_columns(reader: Reader, session: "Session", table: Name) -> str:
    """The column list as Spark reads it; expectations, keys and masks are taken down."""
    reader.expect("(")
    columns = []
    while True:
        if reader.accept("CONSTRAINT"):
            constraint = reader.identifier()
            if reader.accept("EXPECT"):
                condition = reader.parenthesized()
                action = reader.until(",", ")")
                session.record(
                    "expectation", table, name=constraint, condition=condition, action=action
                )
            else:
                session.record("constraint", table, name=constraint, text=reader.until(",", ")"))
        else:
            column = reader.identifier()
            data_type = reader.until("NOT", "COMMENT", "MASK", ",", ")")
            definition = f"{quoted((column,))} {data_type}"
            while not (reader.next_is(",") or reader.next_is(")")):
                if reader.accept("NOT", "NULL"):
                    definition += " not null"
                elif reader.accept("COMMENT"):
                    definition += f" comment {literal(reader.text())}"
                else:
                    reader.expect("MASK")
                    read_mask(reader, session, table, column)
            columns.append(definition)
        if not reader.accept(","):
            break
    reader.expect(")")
    return ", ".join(columns)


def _stream_clauses(reader: Reader, session: "Session", table: Name) -> tuple[str, str]:
    """The clauses before AS: those that Spark has, and the schedule as DESCRIBE tells it."""
    layout, schedule = [], "MANUAL"
    while not reader.next_is("AS"):
        if reader.accept("PARTITIONED", "BY"):
            layout.append(f"partitioned by ({', '.join(map(_quoted, reader.identifiers()))})")
        elif reader.accept("CLUSTER", "BY", "AUTO"):
            session.record("cluster by auto", table)
        elif reader.accept("CLUSTER", "BY"):
            layout.append(f"cluster by ({', '.join(map(_quoted, reader.identifiers()))})")
        elif reader.accept("COMMENT"):
            layout.append(f"comment {literal(reader.text())}")
        elif reader.accept("TBLPROPERTIES"):
            pairs = (f"{literal(k)} = {literal(v)}" for k, v in reader.pairs().items())
            layout.append(f"tblproperties ({', '.join(pairs)})")
        elif reader.accept("WITH", "ROW", "FILTER"):
            read_row_filter(reader, session, table)
        else:
            schedule = _schedule(reader, session, table)
    return " ".join(layout), schedule


def _quoted(column: str) -> str:
    return quoted((column,))


def _schedule(reader: Reader, session: "Session", table: Name) -> str:
    """SCHEDULE CRON …, SCHEDULE EVERY …, TRIGGER ON UPDATE …."""
    if reader.accept("TRIGGER", "ON", "UPDATE"):
        schedule = "TRIGGER ON UPDATE"
        if reader.accept("AT", "MOST", "EVERY", "INTERVAL"):
            schedule += f" AT MOST EVERY INTERVAL {reader.number()} {reader.take('word')}"
    else:
        reader.expect("SCHEDULE")
        reader.accept("REFRESH")
        if reader.accept("CRON"):
            cron = reader.text()
            zone = reader.text() if reader.accept("AT", "TIME", "ZONE") else "Etc/UTC"
            schedule = f"CRON '{cron}' AT TIME ZONE '{zone}'"
        else:
            reader.expect("EVERY")
            schedule = f"EVERY {reader.number()} {reader.take('word').upper()}"
    session.record("schedule", table, schedule=schedule)
    return schedule


def _refresh(session: "Session", name: Name, table: StreamingTable) -> None:
    """Append what the table's query finds new; columns that it has anew are added."""
    increment = session.sources.increment(table)
    frame = session.spark.sql(increment.query)
    present = {column.name.lower() for column in session.catalog.relation(name).columns}
    for field in frame.schema.fields:
        if field.name.lower() not in present:
            column = f"{_quoted(field.name)} {field.dataType.simpleString()}"
            session.run(f"alter table {quoted(name)} add columns ({column})")
    session.run(f"insert into {quoted(name)} by name {increment.query}")
    increment.note_in(table)


def refresh_streaming_table(reader: Reader, session: "Session") -> None:
    """The name of a streaming table."""
    name = session.full(reader.name())
    reader.expect_end()
    _refresh(session, name, _streaming_table(session, name))


def alter_schedule(reader: Reader, session: "Session", name: Name) -> bool:
    """ADD, ALTER or DROP of a schedule; False where something else is altered."""
    table = _streaming_table(session, name)
    if reader.accept("DROP", "SCHEDULE"):
        table.schedule = "MANUAL"
        session.record("schedule", name, schedule=table.schedule)
        return True
    for first_word in ("ADD", "ALTER"):
        if reader.next_is(first_word, "SCHEDULE") or reader.next_is(first_word, "TRIGGER"):
            reader.expect(first_word)
            table.schedule = _schedule(reader, session, name)
            return True
    return False


def _streaming_table(session: "Session", name: Name) -> StreamingTable:
    table = session.metadata.streaming_tables.get(name)
    if table is None:
        raise StatementError(f"[TABLE_OR_VIEW_NOT_FOUND] no streaming table {'.'.join(name)}")
    return table
