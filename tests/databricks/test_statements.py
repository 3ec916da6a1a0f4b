"""What dbt sends to Databricks: the DDL of each materialization, keys, comments, clustering."""

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.databricks.both_engines import SCHEMA, Builds
from tests.databricks.conftest import Compiled
from tests.databricks.test_static import gold_tables, unparsable
from tests.warehouse.process import SqlWarehouse

pytestmark = [pytest.mark.databricks, pytest.mark.slow]

NOT_KNOWN_TO_THE_PARSER = [
    r"DESCRIBE TABLE EXTENDED .* AS JSON",
    r"refresh streaming table .*",
]
"""Statements of Databricks SQL that sqlfluff's dialect has not."""


@pytest.fixture(scope="module")
def as_sent(builds: Builds, sql_warehouse: SqlWarehouse) -> dict[str, list[str]]:
    """Every statement of all builds by the node it was sent for, in order."""
    assert builds.last
    statements = defaultdict(list)
    for entry in sql_warehouse.statements():
        if "dbt_core_version" in entry.tags:
            text = re.sub(r"^\s*/\*.*?\*/", "", entry.statement, flags=re.DOTALL)
            statements[entry.tags.get("dbt_model_name", "")].append(text.strip().removesuffix(";"))
    return statements


@pytest.fixture(scope="module")
def sent(as_sent: dict[str, list[str]]) -> dict[str, list[str]]:
    """The same, each on one line."""
    return {name: [" ".join(text.split()) for text in texts] for name, texts in as_sent.items()}


def relation(model: str) -> str:
    return f"`main`.`{SCHEMA}`.`{model}`"


def creations(sent: dict[str, list[str]], model: str) -> list[str]:
    """The clauses of each CREATE TABLE or VIEW of a model: what stands before its query."""
    start = re.compile(
        rf"create (or replace )?(table|view|streaming table) {relation(model)}", re.I
    )
    return [text for text in sent[model] if start.match(text)]


def models(compiled: Compiled, **config: Any) -> list[dict[str, Any]]:
    """The models whose configuration has these values."""
    found = [
        node
        for node in compiled.manifest["nodes"].values()
        if node["resource_type"] == "model"
        and all(node["config"].get(key) == value for key, value in config.items())
    ]
    assert found
    return found


def test_no_statement_of_dbt_failed(builds: Builds, sql_warehouse: SqlWarehouse) -> None:
    assert builds.last
    assert [
        (entry.tags.get("dbt_model_name"), entry.error)
        for entry in sql_warehouse.statements()
        if entry.error and "dbt_core_version" in entry.tags
    ] == []


def test_every_statement_is_databricks_sql(
    as_sent: dict[str, list[str]], compiled: Compiled, tmp_path: Path
) -> None:
    """One of each shape; what tests of data and models send is compiled and parsed elsewhere."""
    tests = {
        node["name"]
        for node in compiled.manifest["nodes"].values()
        if node["resource_type"] == "test"
    } | {node["name"] for node in compiled.manifest["unit_tests"].values()}
    shapes: dict[str, str] = {}
    for name in as_sent.keys() - tests:
        for statement in as_sent[name]:
            shape = re.sub(r"`[^`]*`|'(?:[^'\\]|\\.)*'|\b\d+\b|NULL", "x", statement)
            shape = re.sub(r"(\([x, ]*\),? ?)+|\b\w*_\w+\b", "x", shape)
            if len(statement) < len(shapes.get(shape, statement + " ")):
                shapes[shape] = statement
    known_gaps = re.compile("|".join(NOT_KNOWN_TO_THE_PARSER), re.IGNORECASE)
    for number, statement in enumerate(shapes.values()):
        if not known_gaps.fullmatch(statement):
            (tmp_path / f"{number}.sql").write_text(statement + "\n")
    assert len(list(tmp_path.iterdir())) > 50
    assert unparsable(tmp_path) == []


def test_facts_are_created_with_clusters_and_optimized_after_each_run(
    sent: dict[str, list[str]], compiled: Compiled
) -> None:
    facts = [m for m in models(compiled, materialized="incremental") if m["fqn"][1] == "gold"]
    for fact in facts:
        name = fact["name"]
        (created,) = creations(sent, name)
        clauses = created.split(" as select ")[0]
        assert "using delta CLUSTER BY (date_key) comment '" in clauses, name
        assert Counter(sent[name])[f"optimize {relation(name)}"] == 3, name


def test_keys_have_names_that_tell_table_and_reference(
    sent: dict[str, list[str]], compiled: Compiled
) -> None:
    added = re.compile(r"alter table `main`\.`\w+`\.`(\w+)` add constraint (\w+) (primary|foreign)")
    found = {
        match.group(1, 2)
        for statements in sent.values()
        for statement in statements
        if (match := added.match(statement))
    }
    tables = gold_tables(compiled)
    expected = {(table["name"], f"pk_{table['name']}") for table in tables}
    for table in tables:
        references = [c["columns"][0] for c in table["constraints"] if c["type"] == "foreign_key"]
        expected |= {
            (table["name"], f"fk_{table['name']}_{column.removesuffix('_key')}")
            for column in references
        }
    assert found == expected


def test_columns_are_not_null_where_the_contract_says_so(
    sent: dict[str, list[str]], compiled: Compiled
) -> None:
    for table in gold_tables(compiled):
        name = table["name"]
        expected = {
            f"alter table {relation(name)} change column `{column['name']}` set not null"
            for column in table["columns"].values()
            if "not_null" in [constraint["type"] for constraint in column["constraints"]]
        }
        found = {text for text in sent[name] if text.endswith(" set not null")}
        assert found == expected, name


def test_every_relation_and_every_column_has_its_description(
    builds: Builds, sql_warehouse: SqlWarehouse, compiled: Compiled
) -> None:
    assert builds.last
    with sql_warehouse.connect(SCHEMA) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"""
            select table_name, '' as column_name, comment from main.information_schema.tables
            where table_schema = '{SCHEMA}'
            union all
            select table_name, column_name, comment from main.information_schema.columns
            where table_schema = '{SCHEMA}'
            """
        )
        found = {(table, column): comment for table, column, comment in cursor.fetchall()}
    wrong = []
    metric_views = models(compiled, materialized="metric_view")  # described in their YAML
    for model in [model for model in models(compiled) if model not in metric_views]:
        described = {"": model["description"]} | {
            column["name"]: column["description"] for column in model["columns"].values()
        }
        for column, description in described.items():
            comment = found.get((model["name"], column)) or ""
            if not description or comment.split() != description.split():
                wrong.append((model["name"], column, comment, description))
    assert wrong == []


def test_a_stream_is_created_once_and_then_refreshed(
    sent: dict[str, list[str]], compiled: Compiled
) -> None:
    for stream in models(compiled, materialized="streaming_table"):
        name = stream["name"]
        (created,) = creations(sent, name)
        assert "FROM STREAM read_files( '/Volumes/main/" in re.sub(r"\bfrom\b", "FROM", created)
        assert Counter(sent[name])[f"refresh streaming table {relation(name)}"] == 2


def test_an_incremental_run_is_one_merge_within_the_days_touched(
    sent: dict[str, list[str]], compiled: Compiled
) -> None:
    for model in models(compiled, materialized="incremental"):
        name = model["name"]
        merges = [text for text in sent[name] if text.startswith("merge into")]
        assert 0 < len(merges) <= 2, name
        written = [t for t in sent[name] if t.startswith(("insert", "update", "delete"))]
        assert all(f"into `main`.`{SCHEMA}`.`load_marks`" in text for text in written), name
        if "date_key" in model["columns"]:
            for merge in merges:
                assert re.search(r" held\.date_key (in \(|between |>= )", merge), name


def test_an_incremental_run_does_not_configure_its_table_again(
    sent: dict[str, list[str]], compiled: Compiled
) -> None:
    for model in models(compiled, materialized="incremental"):
        name = model["name"]
        first_merge = next(n for n, t in enumerate(sent[name]) if t.startswith("merge into"))
        assert [t for t in sent[name][first_merge:] if t.startswith(("alter", "ALTER"))] == []
