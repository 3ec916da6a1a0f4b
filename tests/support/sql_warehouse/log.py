"""The statement log: what was sent to the warehouse, one JSON object a line."""

import json
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A statement and what became of it."""

    statement: str
    """The text as it was sent, dbt's comment included."""
    tags: dict[str, str] = field(default_factory=dict)
    """The session's query tags; dbt names the model there."""
    recorded: list[dict[str, Any]] = field(default_factory=list)
    """What the engine cannot do and the warehouse only took down: `what`, `on` and details."""
    error: str | None = None
    rows: int = 0
    milliseconds: int = 0


class StatementLog:
    """Appends entries to a file; many threads may."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Write one entry down at once."""
        line = json.dumps(asdict(entry), ensure_ascii=False)
        with self._lock:
            self._file.write(line + "\n")


def read_log(path: Path) -> list[Entry]:
    """All entries of a file so far, in order."""
    with path.open(encoding="utf-8") as file:
        return [Entry(**json.loads(line)) for line in file if line.endswith("\n")]
