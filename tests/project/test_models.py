"""What the YAML of the models promises, beyond what dbt itself checks."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def described_columns() -> list[tuple[str, dict[str, Any]]]:
    """Every column of every model that a YAML file describes, with its full name."""
    return [
        (f"{model['name']}.{column['name']}", column)
        for path in sorted((ROOT / "models").rglob("*.yml"))
        for model in (yaml.safe_load(path.read_text()) or {}).get("models", [])
        for column in model.get("columns", [])
    ]


def kinds_of_tests(column: dict[str, Any]) -> set[str]:
    """Names of a column's generic data tests."""
    return {
        test if isinstance(test, str) else next(iter(test)) for test in column.get("data_tests", [])
    }


def test_no_data_test_repeats_a_not_null_constraint() -> None:
    """Both engines refuse a null in such a column; a test of it costs time in every build."""
    constrained = {
        name: column
        for name, column in described_columns()
        if {"type": "not_null"} in column.get("constraints", [])
    }
    assert constrained
    repeated = [
        name for name, column in constrained.items() if "not_null" in kinds_of_tests(column)
    ]
    assert repeated == []
