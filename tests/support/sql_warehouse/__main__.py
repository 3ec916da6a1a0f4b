"""The process of the warehouse: serves until its stdin ends, which it does when its parent does."""

import os
import sys
import threading
from pathlib import Path

from tests.support.sql_warehouse.engine import Engine
from tests.support.sql_warehouse.log import StatementLog
from tests.support.sql_warehouse.protocol import Protocol
from tests.support.sql_warehouse.server import WarehouseServer
from tests.support.sql_warehouse.spark import start


def main() -> None:
    """Start Spark, say the port on stdout, serve."""
    folder, classes, volumes = (Path(argument) for argument in sys.argv[1:4])
    token = sys.stdin.readline().rstrip("\n")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    session = start(folder, classes, volumes)
    log = StatementLog(folder / "statements.jsonl")
    server = WarehouseServer(Protocol(Engine(session, folder, volumes, log)), token)
    print(server.server_port, flush=True)
    server.serve_forever()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)  # Spark's own process sees its stdin end, and ends too


if __name__ == "__main__":
    main()
