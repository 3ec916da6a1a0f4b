"""The events that stand in landed files: each line that is one JSON object, and nothing else."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def landed_events(landing: Path, source: str) -> Iterator[dict[str, Any]]:
    """Every event in the files of a source, numbers as they are written."""
    for path in sorted((landing / source).glob("[!_.]*")):
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
            try:
                event = json.loads(line.decode(), parse_float=str, parse_int=str)
            except ValueError:  # no JSON, no UTF-8, or blank
                continue
            if isinstance(event, dict):
                yield event
