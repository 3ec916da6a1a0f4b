"""Runs a dbt command and shows one line for each table it builds, and only a count of the tests.

`dbt build` prints two lines for every test, and the tables that it builds are lost among them;
`dbt --quiet` prints nothing for a minute. Warnings and errors appear as dbt words them.

    python tools/dbt_progress.py build --select gold
"""

import sys
from collections import Counter
from typing import Any

from dbt.cli.main import dbtRunner
from rich.console import Console

TESTS = {"test", "unit_test"}
NEVER_BUILT = {"exposure", "saved_query"}
GOOD = {"success", "pass", "warn"}

console = Console(highlight=False)


class Progress:
    """Prints what dbt has finished, node by node, and sums it up."""

    def __init__(self) -> None:
        """Start with nothing finished."""
        self.outcomes: Counter[tuple[bool, str]] = Counter()

    def __call__(self, event: Any) -> None:
        """Take one event of dbt: finished nodes and what the project itself reports are shown."""
        if event.info.name == "JinjaLogInfo":
            console.print(f"  {event.info.msg}")
        if event.info.name != "NodeFinished":
            return
        node, result = event.data.node_info, event.data.run_result
        if node.resource_type in NEVER_BUILT:
            return
        is_test = node.resource_type in TESTS
        status = node.node_status
        self.outcomes[is_test, status] += 1
        if not is_test:
            kind = node.materialized or node.resource_type
            style = "green" if status in GOOD else "red"
            console.print(
                f"  [{style}]{status:<8}[/] {kind:<16} {node.node_name:<34} "
                f"{result.execution_time:6.2f} s"
            )

    def summary(self) -> str:
        """How many tables and tests ended with which status, in one line."""
        parts = []
        for is_test, word in ((False, "built"), (True, "tested")):
            counts = {s: n for (t, s), n in sorted(self.outcomes.items()) if t == is_test}
            if counts:
                parts.append(f"{word}: " + ", ".join(f"{n} {s}" for s, n in counts.items()))
        return "; ".join(parts) or "nothing to build"


def main(arguments: list[str]) -> int:
    """Run dbt with these arguments and return its exit code."""
    progress = Progress()
    outcome = dbtRunner(callbacks=[progress]).invoke(["--log-level", "warn", *arguments])
    if outcome.exception is not None:  # dbt has printed the reason
        return 2
    console.print(progress.summary())
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
