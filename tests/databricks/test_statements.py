"""What dbt sends to Databricks: the DDL of each materialization, keys, comments, clustering."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.support.both_engines import (
    BATCHES,
    COLUMN,
    READERS,
    SCHEMA,
    UNMASKED_GROUP,
    WITH_NEW_COLUMN,
    Builds,
)
from tests.support.compiled_project import Compiled, gold_tables, unparsable
from tests.support.sql_warehouse.log import Entry
from tests.support.sql_warehouse.process import SqlWarehouse

pytestmark = [pytest.mark.databricks, pytest.mark.slow]

NOT_PARSED = [
    r"DESCRIBE TABLE EXTENDED .* AS JSON",
    r"refresh streaming table .*",
    r"show grants on .*",
    r"list '.*'",
    # The query of a contract, which is parsed as the model's own.
    r"select \* from \(.*\) as __dbt_sbq\s.*",
]
"""Statements that sqlfluff's dialect has not, or that it need not see twice."""

MOST_STATEMENTS = {"first": 1250, "last": 950, "unchanged": 800}

NEW_TABLE = re.compile(r"\A(create or replace (?:table|view) .*?\n\s*as\b).*\Z", re.DOTALL)
"""A table or a view with its query."""


Sent: TypeAlias = dict[str, list[str]]
"""Statements by the node they were sent for, in order."""


@pytest.fixture(scope="module")
def sent(builds: Builds) -> dict[str, Sent]:
    """What dbt sent in each batch, every statement on one line."""
    return {
        batch: by_node(builds.after(batch).statements, lambda text: " ".join(text.split()))
        for batch in BATCHES
    }


def by_node(entries: Iterable[Entry], change: Callable[[str], str]) -> Sent:
    """The statements of dbt without its comment, changed."""
    statements = defaultdict(list)
    for entry in entries:
        if "dbt_core_version" in entry.tags:
            text = re.sub(r"^\s*/\*.*?\*/", "", entry.statement, flags=re.DOTALL)
            node = entry.tags.get("dbt_model_name", "")
            statements[node].append(change(text.strip().removesuffix(";")))
    return statements


def relation(model: str) -> str:
    return f"`main`.`{SCHEMA}`.`{model}`"


def facts_made(sent: Sent, compiled: Compiled) -> list[str]:
    """The facts that were made or made again."""
    facts = models(compiled, materialized="incremental", incremental_strategy="replace_changed")
    made = [fact["name"] for fact in facts if creations(sent, fact["name"])]
    assert made
    return made


def creations(sent: Sent, model: str) -> list[str]:
    """The statements that make a table or a view of a model, or change its query."""
    start = re.compile(
        rf"create (or re\w+ )?(table|view|streaming table) {relation(model)}", re.IGNORECASE
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
    builds: Builds, compiled: Compiled, tmp_path: Path
) -> None:
    """One of each shape; queries of data tests and of new tables are parsed when compiled."""
    tests = {
        node["name"]
        for node in compiled.manifest["nodes"].values()
        if node["resource_type"] == "test"
    } | {node["name"] for node in compiled.manifest["unit_tests"].values()}
    all_entries = (entry for batch in BATCHES for entry in builds.after(batch).statements)
    as_sent = by_node(all_entries, lambda text: NEW_TABLE.sub(r"\1 select 1", text))
    shapes: dict[Any, str] = {}
    for name in as_sent.keys() - tests:
        for statement in as_sent[name]:
            shape = re.sub(r"`[^`]*`|'(?:[^'\\]|\\.)*'|\b\d+\b|NULL", "x", statement)
            shape = re.sub(r"(\([x, ]*\),? ?)+|\b\w*_\w+\b", "x", shape)
            key = shape if len(shape) < 1000 else (name, shape[:20])
            if len(statement) < len(shapes.get(key, statement + " ")):
                shapes[key] = statement
    not_parsed = re.compile("|".join(NOT_PARSED), re.IGNORECASE | re.DOTALL)
    for number, statement in enumerate(shapes.values()):
        if not not_parsed.fullmatch(statement):
            (tmp_path / f"{number}.sql").write_text(statement + "\n")
    assert len(list(tmp_path.iterdir())) > 50
    assert unparsable(*tmp_path.glob("*.sql")) == []


def test_a_full_refresh_makes_what_it_selects_again(
    sent: dict[str, Sent], compiled: Compiled
) -> None:
    assert len(facts_made(sent["first"], compiled)) == 6
    assert facts_made(sent["refreshed"], compiled) == ["gold_sales_fact"]


@pytest.mark.parametrize("batch", ["first", "refreshed"])
def test_deliveries_and_facts_are_created_as_managed_tables_with_clusters(
    sent: dict[str, Sent], compiled: Compiled, batch: str
) -> None:
    judged = models(compiled, incremental_strategy="merge_verdicts")
    deliveries = [model["name"] for model in judged if creations(sent[batch], model["name"])]
    assert deliveries
    for name in deliveries + facts_made(sent[batch], compiled):
        (created,) = creations(sent[batch], name)
        clauses = re.split(r" as (?:select|with) ", created)[0]
        assert "using delta CLUSTER BY (event_at) comment '" in clauses, name
        assert "location '" not in clauses.lower(), name


def test_optimizing_is_left_to_predictive_optimization(sent: dict[str, Sent]) -> None:
    texts = [text for batch in sent.values() for node in batch.values() for text in node]
    assert [text for text in texts if re.match(r"(optimize|vacuum|analyze) ", text, re.I)] == []


@pytest.mark.parametrize("batch", ["first", "refreshed"])
def test_every_key_is_added_under_its_name(
    sent: dict[str, Sent], compiled: Compiled, batch: str
) -> None:
    added = re.compile(r"alter table `main`\.`\w+`\.`(\w+)` add constraint (\w+) (primary|foreign)")
    texts = [text for node in sent[batch].values() for text in node]
    found = Counter(match.group(1, 2) for text in texts if (match := added.match(text)))
    assert found == Counter(
        (table["name"], key["name"])
        for table in gold_tables(compiled)
        if creations(sent[batch], table["name"])
        for key in table["constraints"]
        if key["type"] in ("primary_key", "foreign_key")
    )


@pytest.mark.parametrize("batch", ["first", "refreshed"])
def test_columns_are_not_null_where_the_contract_says_so(
    sent: dict[str, Sent], compiled: Compiled, batch: str
) -> None:
    for table in gold_tables(compiled):
        name = table["name"]
        if not creations(sent[batch], name):
            continue
        expected = {
            f"alter table {relation(name)} change column `{column['name']}` set not null"
            for column in table["columns"].values()
            if "not_null" in [constraint["type"] for constraint in column["constraints"]]
        }
        found = {text for text in sent[batch][name] if text.endswith(" set not null")}
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
    sent: dict[str, Sent], compiled: Compiled
) -> None:
    for stream in models(compiled, materialized="streaming_table"):
        name = stream["name"]
        refresh = f"refresh streaming table {relation(name)}"
        is_of_pos = name == "bronze_pos_transactions"
        for batch in ("first", "refreshed") if is_of_pos else ("first",):
            (created,) = creations(sent[batch], name)
            assert created.startswith("CREATE STREAMING TABLE ")
            assert " FROM STREAM read_files( '/Volumes/main/" in re.sub(
                r"\bfrom\b", "FROM", created
            )
        assert sent["unchanged"][name].count(refresh) == 1
        assert creations(sent["unchanged"], name) == []
        if is_of_pos:
            (changed,) = creations(sent["last"], name)
            assert changed.startswith("CREATE OR REFRESH STREAMING TABLE ")
        else:
            assert sent["last"][name].count(refresh) == 1


def writes(sent: Sent, model: str) -> list[str]:
    """The statements that write rows, but for those of watermarks."""
    return [
        text
        for text in sent[model]
        if re.match(r"(-- back compat for old kwarg name )?(merge|insert|update|delete)\b", text)
        and not text.startswith(f"insert into {relation('watermarks')} ")
    ]


def test_an_incremental_run_is_one_merge_within_the_days_touched(
    sent: dict[str, Sent], compiled: Compiled
) -> None:
    for model in models(compiled, materialized="incremental"):
        name = model["name"]
        (merge,) = writes(sent["last"], name)
        assert f"merge into {relation(name)} " in merge, name
        strategy = model["config"]["incremental_strategy"]
        if strategy in ("replace_changed", "merge_verdicts"):
            existing = "existing" if strategy == "replace_changed" else "DBT_INTERNAL_DEST"
            column = "date_key" if name == "gold_inventory_fact" else "event_at"
            joined = re.split(r" as (?:incoming|DBT_INTERNAL_SOURCE) on ", merge)[1]
            condition = joined.split(" when ")[0]
            assert f"{existing}.{column} >= " in condition, name


def test_deliveries_merge_the_verdict_alone(sent: dict[str, Sent], compiled: Compiled) -> None:
    for model in models(compiled, incremental_strategy="merge_verdicts"):
        (merge,) = writes(sent["last"], model["name"])
        updates = merge.split(" then update set ")[1].split(" when ")[0]
        assert re.findall(r"`(\w+)` = ", updates) == ["verdict", "_duplicate_of", "_changed_at"]


def test_no_delivery_and_no_fact_is_written_when_nothing_is_new(
    sent: dict[str, Sent], compiled: Compiled
) -> None:
    for strategy in ("merge_verdicts", "replace_changed"):
        for model in models(compiled, incremental_strategy=strategy):
            assert writes(sent["unchanged"], model["name"]) == [], model["name"]


def test_a_build_sends_no_more_statements_than_it_did(
    sent: dict[str, Sent], compiled: Compiled
) -> None:
    """Whole builds as the job runs them, on Databricks a round trip each: without unit tests."""
    unit_tests = {node["name"] for node in compiled.manifest["unit_tests"].values()}
    counted = {
        batch: sum(len(texts) for node, texts in sent[batch].items() if node not in unit_tests)
        for batch in ("first", "last", "unchanged")
    }
    too_many = {batch: count for batch, count in counted.items() if count > MOST_STATEMENTS[batch]}
    assert too_many == {}


def test_an_incremental_run_does_not_configure_its_table_again(
    sent: dict[str, Sent], compiled: Compiled
) -> None:
    def alterations(batch: str, name: str) -> list[str]:
        """All but masks: whoever sets the var `unmasked_group` may rely on the next build."""
        texts = [text for text in sent[batch][name] if text.upper().startswith("ALTER")]
        is_masked = name in {table for table, _ in PERSONAL_DATA}
        return [text for text in texts if not (is_masked and " SET MASK " in text)]

    for model in models(compiled, materialized="incremental"):
        name = model["name"]
        assert alterations("unchanged", name) == [], name
        altered = alterations("last", name)
        column = f"ALTER TABLE {relation(name)} ADD COLUMNS (`{COLUMN}` string)"
        assert altered == ([column] if name in WITH_NEW_COLUMN else []), name


# Governance


PERSONAL_DATA = {
    (table, column)
    for table in ("master_customers", "silver_customer_history", "gold_customer_dim")
    for column in ("first_name", "last_name", "email")
}


def tuples(warehouse: SqlWarehouse, columns: str, table: str) -> set[tuple[str, ...]]:
    """Rows of the information schema about the relations of the builds."""
    schema = "schema_name" if table == "column_tags" else "table_schema"
    with warehouse.connect(SCHEMA) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"select {columns} from main.information_schema.{table} where {schema} = '{SCHEMA}'"
        )
        return {tuple(row) for row in cursor.fetchall()}


def test_personal_data_is_tagged(builds: Builds, sql_warehouse: SqlWarehouse) -> None:
    assert builds.last
    assert tuples(sql_warehouse, "table_name, column_name, tag_name, tag_value", "column_tags") == {
        (table, column, "personal_data", "email" if column == "email" else "name")
        for table, column in PERSONAL_DATA
    }


def test_personal_data_is_masked_for_all_but_one_group(
    builds: Builds, sql_warehouse: SqlWarehouse, sent: dict[str, Sent]
) -> None:
    assert builds.last
    mask = f"main.{SCHEMA}.mask_personal_data"
    assert tuples(sql_warehouse, "table_name, column_name, mask_name", "column_masks") == {
        (table, column, mask) for table, column in PERSONAL_DATA
    }
    group = UNMASKED_GROUP.replace("'", "\\'")
    for batch in BATCHES:
        made = [text for text in sent[batch][""] if text.startswith("create or replace function")]
        assert made
        assert all(
            text.endswith(f"case when is_account_group_member('{group}') then value else '***' end")
            for text in made
        )
        # A table that is replaced may lose its mask: it gets it again.
        masked = [text for text in sent[batch]["gold_customer_dim"] if " SET MASK " in text]
        assert len(masked) == (0 if batch == "refreshed" else 3)


def test_readers_may_select_from_gold_and_from_nothing_else(
    compiled: Compiled, sent: dict[str, Sent]
) -> None:
    expected = Counter(
        f"grant select on {relation(model['name'])} to `{reader}`"
        for model in models(compiled)
        if model["fqn"][1] in ("gold", "reports", "semantic")
        and model["config"]["enabled"]
        and model["config"]["materialized"] != "ephemeral"
        for reader in READERS
    )
    texts = [text for node in sent["first"].values() for text in node]
    assert Counter(text for text in texts if re.match(r"grant|revoke", text, re.I)) == expected
    for fact in ("gold_sales_fact", "gold_inventory_fact"):
        again = [text for text in sent["unchanged"][fact] if "grant" in text]
        assert again == [f"show grants on {relation(fact)}"]


def test_every_statement_of_dbt_is_tagged_with_project_and_target(builds: Builds) -> None:
    for batch in BATCHES:
        for entry in builds.after(batch).statements:
            if "dbt_core_version" in entry.tags:
                assert entry.tags["project"] == "retail_medallion"
                assert entry.tags["target"] == "dev"
