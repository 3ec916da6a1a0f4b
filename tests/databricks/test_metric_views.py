"""The metric views: well-formed, about columns that exist, the metrics of the semantic layer."""

import re
from functools import cache
from typing import Any

import pytest
import yaml
from sqlfluff.core import FluffConfig, Linter
from sqlfluff.core.parser import BaseSegment

from tests.support.compiled_project import Compiled

pytestmark = [
    pytest.mark.databricks,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # the adapter's own, on import
]

# Databricks' reference of the format, as far as it is used here.
FIELDS = {"version", "comment", "source", "joins", "dimensions", "measures"}
JOIN_FIELDS = {"name", "source", "using", "on"}
COLUMN_FIELDS = {"name", "expr", "display_name", "comment"}

AGGREGATES = {
    "sum": "sum({})",
    "count": "count({})",
    "count_distinct": "count(distinct {})",
    "sum_boolean": "count_if({})",
}
"""How a metric view says an aggregation of the semantic layer."""


@pytest.fixture(scope="module")
def views(compiled: Compiled) -> dict[str, dict[str, Any]]:
    """The definition of each metric view, as the adapter sends it."""
    from dbt.adapters.databricks.handle import SqlUtils

    nodes = compiled.manifest["nodes"].values()
    return {
        node["name"]: yaml.safe_load(SqlUtils.yaml_quote_backtick_values(node["compiled_code"]))
        for node in nodes
        if node["config"]["materialized"] == "metric_view"
    }


@cache
def parse(expression: str) -> BaseSegment:
    config = FluffConfig(overrides={"dialect": "databricks"})
    parsed = Linter(config=config).parse_string(f"select {expression}\n")
    assert parsed.tree is not None
    assert not parsed.violations, (expression, parsed.violations)
    return parsed.tree


def columns_of(expression: str) -> set[str]:
    """The columns that an expression names, but for the measures that it is made of."""
    named = {segment.raw for segment in parse(expression).recursive_crawl("column_reference")}
    return named - measures_in(expression)


def measures_in(expression: str) -> set[str]:
    """What `measure(…)` is asked for in an expression."""
    return {
        reference.raw
        for call in parse(expression).recursive_crawl("function")
        if call.raw.startswith("measure(")
        for reference in call.recursive_crawl("column_reference")
    }


def test_every_metric_view_is_a_definition_in_the_documented_format(
    views: dict[str, dict[str, Any]],
) -> None:
    assert views
    for name, view in views.items():
        assert view.keys() == FIELDS, name
        assert str(view["version"]) == "1.1"
        assert all({"name", "source"} <= join.keys() <= JOIN_FIELDS for join in view["joins"])
        columns = view["dimensions"] + view["measures"]
        assert all({"name", "expr"} <= column.keys() <= COLUMN_FIELDS for column in columns)
        names = [column["name"] for column in columns]
        assert len(names) == len(set(names)), name


def test_every_column_that_a_metric_view_names_is_in_its_model(
    compiled: Compiled, views: dict[str, dict[str, Any]]
) -> None:
    models = {
        node["relation_name"]: set(node["columns"])
        for node in compiled.manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    for view in views.values():
        columns = set(models[view["source"]])
        known = {*columns, *(f"source.{column}" for column in columns)}
        for join in view["joins"]:
            joined = models[join["source"]]
            known |= {f"{join['name']}.{column}" for column in joined}
            assert set(join.get("using", [])) <= columns & joined, join
            if "on" in join:
                assert columns_of(join["on"]) <= known, join
        for column in view["dimensions"] + view["measures"]:
            named = columns_of(column["expr"])
            assert named or measures_in(column["expr"]), column
            assert named <= known, column


def test_a_metric_view_says_of_its_metrics_what_the_semantic_layer_says(
    compiled: Compiled, views: dict[str, dict[str, Any]]
) -> None:
    measures = {
        measure["name"]: AGGREGATES[measure["agg"]].format(measure["expr"])
        for model in compiled.manifest["semantic_models"].values()
        for measure in model["measures"]
    }
    expected = {}
    for metric in compiled.manifest["metrics"].values():
        if metric["type"] == "cumulative":
            continue  # a running total is a window, which the query over a metric view adds
        parts = metric["type_params"]
        if metric["type"] == "simple":
            expression = measures[parts["measure"]["name"]]
        elif metric["type"] == "derived":
            names = "|".join(part["name"] for part in parts["metrics"])
            expression = re.sub(rf"\b({names})\b", r"measure(\1)", parts["expr"])
        else:
            numerator, denominator = parts["numerator"]["name"], parts["denominator"]["name"]
            expression = f"measure({numerator}) / nullif(measure({denominator}), 0)"
        expected[metric["name"]] = (expression, metric["label"], metric["description"])
    found = {
        measure["name"]: (measure["expr"], measure["display_name"], measure["comment"])
        for view in views.values()
        for measure in view["measures"]
    }
    assert found == expected


def test_a_measure_is_made_of_measures_of_the_same_view(views: dict[str, dict[str, Any]]) -> None:
    for view in views.values():
        names = {measure["name"] for measure in view["measures"]}
        asked_for = [measures_in(measure["expr"]) for measure in view["measures"]]
        assert any(asked_for)
        assert set().union(*asked_for) <= names
