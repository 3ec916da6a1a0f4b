"""The Databricks side without a workspace: it compiles, parses and is well formed."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.compiled_project import Compiled, gold_tables, unparsable

pytestmark = pytest.mark.databricks


def keys(table: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [constraint for constraint in table["constraints"] if constraint["type"] == kind]


def test_every_node_compiles_without_a_connection_and_without_a_warning(compiled: Compiled) -> None:
    nodes = compiled.manifest["nodes"]
    assert [node for node, status in compiled.statuses.items() if status != "success"] == []
    assert set(compiled.statuses) >= set(nodes)
    assert {node["resource_type"] for node in nodes.values()} >= {"model", "seed", "test"}


def test_every_compiled_query_is_databricks_sql(compiled: Compiled) -> None:
    queries = [
        node
        for node in compiled.manifest["nodes"].values()
        if node.get("compiled_path") and node["config"]["materialized"] != "metric_view"
    ]
    assert {n["resource_type"] for n in queries} >= {"model", "test"}
    assert unparsable(*(compiled.folder / query["compiled_path"] for query in queries)) == []


def test_sql_of_another_engine_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.sql"
    planted.write_text("select a::b->>'c', [x for x in y] from t qualify\n")
    assert unparsable(planted)


def test_bronze_is_a_stream_of_files_and_nothing_is_left_of_the_local_engine(
    compiled: Compiled,
) -> None:
    models = [
        node
        for node in compiled.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "bronze"
    ]
    assert models
    for model in models:
        query = model["compiled_code"]
        assert model["config"]["materialized"] == "streaming_table"
        # The adapter tries the query with this very text taken out, once and case for case.
        assert query.count("STREAM ") == 1
        assert "STREAM read_files(" in query
        assert "stream " not in query
        assert "schema => " in query


def test_every_key_of_gold_is_named_for_its_table_and_what_it_refers_to(
    compiled: Compiled,
) -> None:
    for table in gold_tables(compiled):
        name = table["name"]
        assert [key["name"] for key in keys(table, "primary_key")] == [f"pk_{name}"]
        for key in keys(table, "foreign_key"):
            (column,) = key["columns"]
            assert key["name"] == f"fk_{name}_{column.removesuffix('_key')}"


def test_every_gold_table_has_a_primary_key_that_is_never_null(compiled: Compiled) -> None:
    for table in gold_tables(compiled):
        [key] = keys(table, "primary_key")
        for name in key["columns"]:
            kinds = [c["type"] for c in table["columns"][name]["constraints"]]
            assert "not_null" in kinds, f"{table['name']}.{name}"


def test_every_dimension_key_of_a_fact_refers_to_its_dimension(compiled: Compiled) -> None:
    tables = gold_tables(compiled)
    dimensions = {
        keys(table, "primary_key")[0]["columns"][0]: table["relation_name"]
        for table in tables
        if table["name"].endswith("_dim")
    }
    facts = [table for table in tables if not table["name"].endswith("_dim")]
    assert facts
    for fact in facts:
        referred = {k["columns"][0]: (k["to"], k["to_columns"]) for k in keys(fact, "foreign_key")}
        expected = {
            column: (dimensions[key], [key])
            for column in fact["columns"]
            for key in dimensions
            if column == key or column.endswith(f"_{key}")
        }
        assert referred == expected, fact["name"]


def test_deliveries_and_facts_are_clustered_by_time(compiled: Compiled) -> None:
    tables = [
        node
        for node in compiled.manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["config"].get("incremental_strategy") in ("replace_changed", "merge_verdicts")
    ]
    assert {table["fqn"][1] for table in tables} == {"silver", "gold"}
    for table in tables:
        assert table["config"].get("liquid_clustered_by") == ["event_at"], table["name"]
