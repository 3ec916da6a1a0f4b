"""DESCRIBE, where Spark cannot or does not know all."""

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tests.support.sql_warehouse.information_schema import kind
from tests.support.sql_warehouse.metadata import type_as_json
from tests.support.sql_warehouse.results import texts
from tests.support.sql_warehouse.sql import Name, Reader, quoted

if TYPE_CHECKING:
    from tests.support.sql_warehouse.engine import Session


def describe(reader: Reader, session: "Session") -> pa.Table | None:
    """DESCRIBE [TABLE] EXTENDED name [AS JSON], for tables."""
    reader.accept("TABLE")
    if not reader.accept("EXTENDED"):
        return None
    written = reader.name()
    as_json = reader.accept("AS", "JSON")
    if not reader.at_end() or len(written) == 1:
        return None
    name = session.full(written)
    if as_json:
        return _described_as_json(session, name)
    stream = session.metadata.streaming_tables.get(name)
    if stream:
        own = {"Type": "STREAMING_TABLE", "View Text": stream.query}
        own["Refresh Schedule"] = stream.schedule
    elif name in session.metadata.metric_views:
        definition = session.metadata.metric_views[name]
        own = {"Type": "METRIC_VIEW", "View Text": f"$$\n{definition}\n$$"}
    else:
        return None
    rows = [tuple(row) for row in session.spark.sql(f"describe extended {quoted(name)}").collect()]
    rows = [row for row in rows if row[0] not in own]
    rows += [(key, value, "") for key, value in own.items()]
    names, types, comments = (list(column) for column in zip(*rows, strict=True))
    return texts(col_name=names, data_type=types, comment=comments)


def _described_as_json(session: "Session", name: Name) -> pa.Table:
    relation = session.catalog.relation(name)
    noted = session.metadata.of(name)
    described: dict[str, Any] = {
        "table_name": name[2],
        "catalog_name": name[0],
        "namespace": [name[1]],
        "schema_name": name[1],
        "type": kind(relation, session.metadata),
        "provider": "delta",
        "owner": "local",
        "comment": relation.comment,
        "columns": [
            {
                "name": column.name,
                "type": type_as_json(column.type),
                "nullable": column.nullable,
                "comment": column.comment,
            }
            for column in relation.columns
        ],
        "table_constraints": "["
        + ", ".join(f"({key.name},{key.as_text()})" for key in relation.keys)
        + "]",
        "column_masks": [
            {
                "column_name": column,
                "function_name": _function_as_json(function),
                "using_column_names": using,
            }
            for column, (function, using) in noted.masks.items()
        ],
        "view_text": relation.query,
    }
    if noted.row_filter:
        function, using = noted.row_filter
        described["row_filter"] = {
            "function_name": _function_as_json(function),
            "column_names": using,
        }
    return texts(json_metadata=[json.dumps(described)])


def _function_as_json(function: str) -> dict[str, str]:
    catalog, schema, name = function.split(".")
    return {"catalog_name": catalog, "schema_name": schema, "function_name": name}
