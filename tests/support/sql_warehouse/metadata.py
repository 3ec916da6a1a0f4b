"""What the warehouse knows of relations and Spark does not: streams, metrics, tags, grants."""

import json
import threading
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.types import (
    ArrayType,
    DataType,
    DecimalType,
    MapType,
    StructType,
    _parse_datatype_json_string,
)

from tests.support.sql_warehouse.sql import Name, StatementError, quoted


@dataclass
class StreamingTable:
    """How a streaming table is filled, and how far it has got."""

    query: str
    schedule: str = "MANUAL"
    files: set[str] = field(default_factory=set)
    """Paths that were taken in."""
    positions: dict[Name, tuple[int, int]] = field(default_factory=dict)
    """For each table that it reads: which history it has, and how many rows were taken in."""


@dataclass
class Annotations:
    """What is recorded of a relation."""

    tags: dict[str, str] = field(default_factory=dict)
    column_tags: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    masks: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    """By column: the function, and the columns it uses beside it."""
    row_filter: tuple[str, list[str]] | None = None
    grants: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of principal and privilege."""


class Metadata:
    """The relations of the warehouse by their full name in lower case; shared by all sessions."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.streaming_tables: dict[Name, StreamingTable] = {}
        self.metric_views: dict[Name, str] = {}
        self.functions: set[Name] = set()
        self._annotations: dict[Name, Annotations] = defaultdict(Annotations)

    def of(self, relation: Name) -> Annotations:
        """What is recorded of a relation, to be read or changed."""
        with self.lock:
            return self._annotations[relation]

    def forget(self, relation: Name) -> None:
        """A relation was dropped."""
        with self.lock:
            self.streaming_tables.pop(relation, None)
            self.metric_views.pop(relation, None)
            self._annotations.pop(relation, None)


@dataclass(frozen=True)
class Column:
    name: str
    type: DataType
    nullable: bool
    comment: str | None


@dataclass(frozen=True)
class Key:
    name: str
    kind: str
    """PRIMARY KEY, FOREIGN KEY, CHECK or UNIQUE."""
    columns: list[str]
    parent: Name
    parent_columns: list[str]

    def as_text(self) -> str:
        """The key as DESCRIBE … AS JSON writes it."""
        text = f"{self.kind} ({', '.join(quoted((c,)) for c in self.columns)})"
        if self.parent:
            columns = ", ".join(quoted((column,)) for column in self.parent_columns)
            text += f" REFERENCES {quoted(self.parent)} ({columns})"
        return text


@dataclass(frozen=True)
class Relation:
    """A table or a view as the catalog has it."""

    name: Name
    query: str | None
    """What a view selects; None for a table."""
    comment: str | None
    columns: list[Column]
    keys: list[Key]


class Catalog:
    """The Java catalog `main`, asked from Python."""

    def __init__(self, spark: SparkSession, name: str) -> None:
        self._name = name
        java = spark.sparkContext._jvm
        assert java
        self._catalog = java.warehouse.MemoryCatalog.named(name)

    def has_schema(self, schema: str) -> bool:
        """Whether there is a schema of that name."""
        return bool(self._catalog.hasSchema(schema))

    def relations(self, names: Collection[str] = ()) -> list[Relation]:
        """The relations of all schemas, or those with one of these names, sorted by name."""
        return self._described("", names)

    def relation(self, name: Name) -> Relation:
        """One relation; it is an error when there is none."""
        found = self._described(f"{name[1]}.{name[2]}") if name[0] == self._name else []
        if not found:
            raise StatementError(
                f"[TABLE_OR_VIEW_NOT_FOUND] The table or view {'.'.join(name)} cannot be found."
            )
        return found[0]

    def _described(self, key: str, names: Collection[str] = ()) -> list[Relation]:
        return [
            self._relation(relation)
            for relation in json.loads(self._catalog.describe(key))
            if not names or relation["name"] in names
        ]

    def _relation(self, described: dict[str, Any]) -> Relation:
        return Relation(
            name=(self._name, described["schema"], described["name"]),
            query=described["query"],
            comment=described["comment"],
            columns=[
                Column(
                    column["name"],
                    _parse_datatype_json_string(column["type"]),
                    column["nullable"],
                    column["comment"],
                )
                for column in described["columns"]
            ],
            keys=[
                Key(
                    key["name"],
                    key["kind"],
                    key["columns"],
                    tuple(key["parent"]),
                    key["parent_columns"],
                )
                for key in described["keys"]
            ],
        )

    def forbid_nulls(self, name: Name, column: str) -> None:
        """NOT NULL for a column that may have none yet; an error if it has one."""
        self.relation(name)
        self._catalog.forbidNulls(name[1], name[2], column)

    def position(self, name: Name) -> tuple[int, int]:
        """Which history a table has (another once rows may have changed), and its row count."""
        history, rows = self._catalog.position(name[1], name[2])
        return history, rows


def type_as_json(data_type: DataType) -> dict[str, Any]:
    """A type as DESCRIBE … AS JSON writes it."""
    if isinstance(data_type, DecimalType):
        return {"name": "decimal", "precision": data_type.precision, "scale": data_type.scale}
    if isinstance(data_type, ArrayType):
        return {
            "name": "array",
            "element_type": type_as_json(data_type.elementType),
            "element_nullable": data_type.containsNull,
        }
    if isinstance(data_type, MapType):
        return {
            "name": "map",
            "key_type": type_as_json(data_type.keyType),
            "value_type": type_as_json(data_type.valueType),
            "value_nullable": data_type.valueContainsNull,
        }
    if isinstance(data_type, StructType):
        return {
            "name": "struct",
            "fields": [
                {"name": f.name, "type": type_as_json(f.dataType), "nullable": f.nullable}
                for f in data_type.fields
            ],
        }
    return {"name": {"timestamp": "timestamp_ltz"}.get(name := data_type.simpleString(), name)}
