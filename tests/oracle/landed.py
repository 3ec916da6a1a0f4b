"""The lines of landed files: each is an event when it is one JSON object, and nothing else."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def landed_events(landing: Path, source: str) -> Iterator[dict[str, Any]]:
    """Every event in the files of a source, numbers as they are written."""
    return (event for event in landed_lines(landing, source) if event is not None)


def landed_lines(landing: Path, source: str) -> Iterator[dict[str, Any] | None]:
    """The event of every line that is not blank, none for one that does not parse."""
    for path in sorted((landing / source).glob("[!_.]*")):
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
            if line.strip():
                yield parsed(line)


def parsed(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line.decode(), parse_float=str, parse_int=str)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
