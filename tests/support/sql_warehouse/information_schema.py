"""The information schema: relations, columns, keys, tags and masks as tables to select from."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from tests.support.sql_warehouse.metadata import Catalog, Metadata, Relation
from tests.support.sql_warehouse.sql import Name, Reader, StatementError, literal, replaced, tokens

Value: TypeAlias = str | int | None

_RELATION = ("table_catalog", "table_schema", "table_name")
_CONSTRAINT = ("constraint_catalog", "constraint_schema", "constraint_name")

COLUMNS: dict[str, tuple[str, ...]] = {
    "tables": (
        *_RELATION,
        "table_type",
        "data_source_format",
        "table_owner",
        "comment",
        "created",
        "last_altered",
        "storage_path",
    ),
    "views": (*_RELATION, "view_definition", "is_materialized"),
    "columns": (
        *_RELATION,
        "column_name",
        "ordinal_position",
        "is_nullable",
        "full_data_type",
        "data_type",
        "comment",
    ),
    "table_constraints": (*_CONSTRAINT, *_RELATION, "constraint_type"),
    "key_column_usage": (*_CONSTRAINT, *_RELATION, "column_name", "ordinal_position"),
    "referential_constraints": (
        *_CONSTRAINT,
        "unique_constraint_catalog",
        "unique_constraint_schema",
        "unique_constraint_name",
    ),
    "table_tags": ("catalog_name", "schema_name", "table_name", "tag_name", "tag_value"),
    "column_tags": (
        "catalog_name",
        "schema_name",
        "table_name",
        "column_name",
        "tag_name",
        "tag_value",
    ),
    "column_masks": (*_RELATION, "column_name", "mask_name", "using_columns"),
    "row_filters": (*_RELATION, "filter_name", "target_columns"),
}
"""The tables that there are, with the columns that anybody has asked for."""


def kind(relation: Relation, metadata: Metadata) -> str:
    """The table_type of a relation."""
    if relation.name in metadata.streaming_tables:
        return "STREAMING_TABLE"
    if relation.name in metadata.metric_views:
        return "METRIC_VIEW"
    return "MANAGED" if relation.query is None else "VIEW"


def _rows(table: str, relations: Sequence[Relation], metadata: Metadata) -> Iterable[list[Value]]:
    parent_keys = {
        relation.name: (*relation.name[:2], key.name)
        for relation in relations
        for key in relation.keys
        if key.kind == "PRIMARY KEY"
    }
    for relation in relations:
        name, noted = relation.name, metadata.of(relation.name)
        catalog_schema = name[:2]
        if table == "tables":
            yield [
                *name,
                kind(relation, metadata),
                "DELTA" if relation.query is None else "UNKNOWN_DATA_SOURCE_FORMAT",
                "local",
                relation.comment,
                *[None] * 3,
            ]
        elif table == "views" and relation.query is not None:
            yield [*name, relation.query, "false"]
        elif table == "columns":
            for position, column in enumerate(relation.columns):
                written = column.type.simpleString()
                nullable = "YES" if column.nullable else "NO"
                yield [
                    *name,
                    column.name,
                    position,
                    nullable,
                    written,
                    written.split("(")[0].split("<")[0].upper(),
                    column.comment,
                ]
        elif table == "table_constraints":
            for key in relation.keys:
                yield [*catalog_schema, key.name, *name, key.kind]
        elif table == "key_column_usage":
            for key in relation.keys:
                for position, column_name in enumerate(key.columns, 1):
                    yield [*catalog_schema, key.name, *name, column_name, position]
        elif table == "referential_constraints":
            for key in relation.keys:
                if key.parent in parent_keys:
                    yield [*catalog_schema, key.name, *parent_keys[key.parent]]
        elif table == "table_tags":
            for tag, value in noted.tags.items():
                yield [*name, tag, value]
        elif table == "column_tags":
            for column_name, tags in noted.column_tags.items():
                for tag, value in tags.items():
                    yield [*name, column_name, tag, value]
        elif table == "column_masks":
            for column_name, (function, using) in noted.masks.items():
                yield [*name, column_name, function, ",".join(using) or None]
        elif table == "row_filters" and noted.row_filter:
            function, using = noted.row_filter
            yield [*name, function, ",".join(using)]


def _as_query(table: str, rows: Sequence[Sequence[Value]]) -> str:
    columns = COLUMNS[table]
    names = ", ".join(columns)
    if not rows:
        nulls = ", ".join(f"cast(null as string) as {column}" for column in columns)
        return f"(select {nulls} where false)"
    values = ", ".join(
        "(" + ", ".join(str(v) if isinstance(v, int) else literal(v) for v in row) + ")"
        for row in rows
    )
    texts = ", ".join(
        column if column == "ordinal_position" else f"cast({column} as string) as {column}"
        for column in columns
    )
    return f"(select {texts} from values {values} as t({names}))"


def _asked_for(sql: str) -> set[str]:
    """The relations that a query is about, if it names one wherever it reads; else none."""
    if re.search(r"\bor\b", sql, re.IGNORECASE):
        return set()
    named = re.findall(r"\btable_name\s*=\s*'(\w+)'", sql)
    reads = re.findall(r"\binformation_schema\b", sql)
    return {name.lower() for name in named} if len(named) == len(reads) else set()


def with_information_schema(sql: str, catalog: Catalog, metadata: Metadata) -> str:
    """The query with the rows of each information_schema table written out in its place.

    Where a query asks for some relations only, as the adapter does, their rows are enough.
    """
    found = tokens(sql)
    replacements = []
    relations: list[Relation] | None = None
    for place, token in enumerate(found):
        if token.text.strip("`").lower() != "information_schema":
            continue
        reader = Reader(sql, found[place - 2 :])
        name: Name = reader.name()
        table = name[-1].lower()
        if len(name) != 3 or table not in COLUMNS:
            raise StatementError(f"[TABLE_OR_VIEW_NOT_FOUND] {'.'.join(name)} is not emulated")
        if relations is None:
            relations = catalog.relations(_asked_for(sql))
        rows = list(_rows(table, relations, metadata))
        start = found[place - 2].start
        replacements.append((start, reader.last_end, _as_query(table, rows)))
    return replaced(sql, replacements)
