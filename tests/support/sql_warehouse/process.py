"""Starting and stopping the warehouse from a test."""

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from databricks import sql

from tests.support.sql_warehouse.java import compiled
from tests.support.sql_warehouse.log import Entry, read_log
from tests.support.sql_warehouse.server import LOOPBACK, PATH

ROOT = Path(__file__).parents[3]


class SqlWarehouse:
    """A warehouse in a process of its own, with its files in a folder. Starting takes a while."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self.volumes = folder / "volumes"
        """What /Volumes is."""
        self.volumes.mkdir()
        self.token = secrets.token_urlsafe()
        with (folder / "output.txt").open("w") as output:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    *("-m", "tests.support.sql_warehouse"),
                    str(folder),
                    str(compiled(ROOT / "target" / "sql_warehouse")),
                    str(self.volumes),
                ],
                cwd=folder,
                env=os.environ | {"PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": LOOPBACK},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(self.token + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line.strip().isdigit():
            said = (folder / "output.txt").read_text()
            raise RuntimeError(f"the SQL warehouse did not start; it said:\n{said}")
        self.port = int(line)

    @property
    def pid(self) -> int:
        """The number of the process that serves."""
        return self._process.pid

    def stop(self) -> None:
        """End the process and Spark with it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def profile(self, schema: str, threads: int = 4) -> dict[str, Any]:
        """A dbt target for a schema of this warehouse."""
        address = f"http://{LOOPBACK}:{self.port}"
        return {
            "type": "databricks",
            "catalog": "main",
            "schema": schema,
            "host": address,
            "http_path": PATH,
            "token": self.token,
            "threads": threads,
            "session_properties": {"timezone": "UTC"},
            "connection_parameters": {
                "_connection_uri": address + PATH,
                "use_cloud_fetch": False,
                "enable_telemetry": False,
                "_retry_stop_after_attempts_count": 1,
            },
        }

    def connect(self, schema: str, **settings: Any) -> Any:
        """A connection of databricks-sql-connector."""
        profile = self.profile(schema)
        return sql.connect(
            server_hostname=LOOPBACK,
            http_path=PATH,
            access_token=self.token,
            catalog=profile["catalog"],
            schema=schema,
            **{"session_configuration": profile["session_properties"]} | settings,
            **profile["connection_parameters"],
        )

    def statements(self) -> list[Entry]:
        """All that was sent so far, in order."""
        return read_log(self._folder / "statements.jsonl")
