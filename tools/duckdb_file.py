"""A dbt-duckdb plugin that waits until the DuckDB file can be opened.

DuckDB gives a file to one process at a time. A second dbt waits until the first is done, and what
cannot be opened for another reason is told in a line, with what to do; without this plugin dbt
would show the stack of its own code.
"""

import re
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

PATIENCE = 600
"""Seconds that one dbt waits for another."""

_LOCKED = "Conflicting lock"
_HOLDER = re.compile(r"\(PID (\d+)\)")


class Plugin(BasePlugin):  # type: ignore[misc]  # dbt ships no types
    """Named by `plugins` in profiles.yml."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Wait for the file; called right before dbt opens it."""
        wait_for(Path(creds.path), config)


def wait_for(path: Path, config: dict[str, Any], patience: float = PATIENCE) -> None:
    """Return once a DuckDB file can be opened to write.

    Raises:
        DbtRuntimeError: It cannot, or another process had it for longer than `patience` seconds.
    """
    deadline = time.monotonic() + patience
    is_told = False
    while True:
        try:
            duckdb.connect(str(path), config=config).close()
            return
        except (duckdb.Error, OSError) as error:
            reason = str(error).splitlines()[0]
        if _LOCKED not in reason:
            raise DbtRuntimeError(
                f"{path} cannot be opened ({reason}); RETAIL_DUCKDB names another file"
            )
        process = _HOLDER.search(reason)
        holder = f"process {process[1]}" if process else "another process"
        if time.monotonic() > deadline:
            raise DbtRuntimeError(f"{path} is in use by {holder}: end that, then run this again")
        if not is_told:
            print(f"{path} is in use by {holder}; waiting until it is done ...", file=sys.stderr)
            is_told = True
        time.sleep(0.5)
