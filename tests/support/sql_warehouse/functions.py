"""SQL functions: CREATE FUNCTION, for a mask to name; and a function of Unity Catalog's own."""

from typing import TYPE_CHECKING

from tests.support.sql_warehouse.sql import Reader, StatementError, literal, quoted

if TYPE_CHECKING:
    from tests.support.sql_warehouse.engine import Session

_BUILT_IN = {
    # Whoever connects is in every group.
    "is_account_group_member": "(group_name string) returns boolean return group_name is not null",
}


def define_built_in(sql: str, session: "Session") -> None:
    """Teach Spark the functions that a statement calls and Spark has not."""
    for name, function in _BUILT_IN.items():
        if name in sql.lower():
            session.run(f"create or replace temporary function {name} {function}")


def create_function(reader: Reader, session: "Session", or_replace: bool) -> None:
    """name(parameters) RETURNS type [COMMENT text] RETURN expression; Spark judges it, no more."""
    name = session.full(reader.name())
    if name in session.metadata.functions and not or_replace:
        raise StatementError(f"[ROUTINE_ALREADY_EXISTS] {'.'.join(name)}")
    parameters = reader.parenthesized()
    reader.expect("RETURNS")
    returns = reader.until("COMMENT", "RETURN")
    comment = f"comment {literal(reader.text())}" if reader.accept("COMMENT") else ""
    reader.expect("RETURN")
    body = reader.rest()
    session.run(
        f"create or replace temporary function {quoted(name[-1:])} ({parameters})"
        f" returns {returns} {comment} return {body}"
    )
    session.metadata.functions.add(name)
    session.record("function", name, parameters=parameters, body=body)
