"""
Metric views: their YAML becomes a view of every measure by every dimension.

So Spark judges each expression and each join. `measure(…)` in a query is not answered.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from tests.support.sql_warehouse.sql import StatementError

_KNOWN = {"version", "comment", "source", "joins", "dimensions", "measures"}


def definition(dollar_quoted: str) -> str:
    """The YAML between two $$."""
    text = dollar_quoted.strip()
    if not (len(text) > 4 and text.startswith("$$") and text.endswith("$$")):
        raise StatementError("[PARSE_SYNTAX_ERROR] $$ expected around the YAML of a metric view")
    return text[2:-2].strip()


def query(text: str) -> str:
    """All measures by all dimensions, for the YAML of a metric view."""
    view = yaml.safe_load(text)
    if not isinstance(view, dict) or view.keys() - _KNOWN:
        raise StatementError(f"[METRIC_VIEW_INVALID] its fields are {sorted(_KNOWN)}")
    joined = "".join(_join(join) for join in view.get("joins", []))
    structs = "".join(
        f", struct({join['name']}.*) as {join['name']}" for join in view.get("joins", [])
    )
    measures = {measure["name"]: measure["expr"] for measure in view["measures"]}
    columns = [f"{column['expr']} as {column['name']}" for column in view["dimensions"]]
    columns += [f"{_expanded(expr, measures)} as {name}" for name, expr in measures.items()]
    return (
        f"select {', '.join(columns)}"
        f" from (select source.*{structs} from {view['source']} as source{joined})"
        " group by all"
    )


def _join(join: Mapping[str, Any]) -> str:
    condition = f"using ({', '.join(join['using'])})" if "using" in join else f"on {join['on']}"
    return f" left join {join['source']} as {join['name']} {condition}"


def _expanded(expression: str, measures: Mapping[str, str]) -> str:
    """An expression with `measure(name)` written out."""

    def written_out(match: re.Match[str]) -> str:
        if match.group(1) not in measures:
            raise StatementError(f"[METRIC_VIEW_INVALID] no measure {match.group(1)}")
        return f"({_expanded(measures[match.group(1)], measures)})"

    return re.sub(r"\bmeasure\((\w+)\)", written_out, expression)
