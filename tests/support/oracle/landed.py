"""The lines of landed files: each is an event when it is one JSON object, and nothing else."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Line(NamedTuple):
    """A line that is not blank."""

    file: str
    """Path of its file, relative to the landing folder."""
    event: dict[str, Any] | None
    """None where it does not parse. Numbers are as they are written."""


def landed_events(landing: Path, stream: str) -> Iterator[dict[str, Any]]:
    """Every event in the files of a stream."""
    return (line.event for line in landed_lines(landing, stream) if line.event is not None)


def landed_lines(landing: Path, stream: str) -> Iterator[Line]:
    """The lines of the files of a stream, file by file in the order of their paths."""
    for path in sorted((landing / stream).glob("[!_.]*")):
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
            if line.strip():
                yield Line(path.relative_to(landing).as_posix(), parsed(line))


def parsed(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line.decode(), parse_float=str, parse_int=str)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
