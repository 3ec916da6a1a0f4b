"""Files that appear complete or not at all.

Content is written under a name that ingestion ignores (it starts with `_`), flushed to the disk and
then renamed. A landed file never changes: landing the same bytes again leaves it alone, other bytes
under its name are refused.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from generators.totals import Totals


class LandingConflictError(Exception):
    """What has landed contradicts what is to land, such as other content under one name."""


@dataclass(frozen=True, slots=True)
class EventFile:
    """A file to land.

    Attributes:
        name: The file's name, within the folder of its stream.
        content: Its bytes.
        events: Number of events in it, which is that of its lines.
        totals: Their control totals, by the events' type.
    """

    name: str
    content: bytes
    events: int
    totals: Mapping[str, Totals]


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file in the landing folder; `is_new` is false when it was already there."""

    path: Path
    size: int
    is_new: bool


def remove_leftovers(folder: Path, starts: Collection[str]) -> None:
    """Remove what killed runs left behind of files whose names have one of the starts.

    The starts have one length. A file of a run that is still at work is taken for a leftover, and
    that run fails: no two runs may land the same files at the same time.
    """
    length = max(map(len, starts), default=0)
    for name in os.listdir(folder) if folder.is_dir() else ():
        if name.startswith("_") and name.endswith(".tmp") and name[1 : length + 1] in starts:
            (folder / name).unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where the system can flush a folder."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file, or replace it, so that nobody ever sees it half written.

    Raises:
        OSError: The file cannot be written.
    """
    temporary = path.with_name(f"_{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(path.parent)


def land_file(folder: Path, name: str, content: bytes) -> LandedFile:
    """Land a file in a folder, which is made if it is missing.

    Raises:
        LandingConflictError: A file of that name has landed with other content.
        OSError: The folder or the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if path.exists():
        if path.stat().st_size != len(content) or path.read_bytes() != content:
            raise LandingConflictError(
                f"{path} has landed with other content and is never overwritten; "
                "remove it or land in another folder"
            )
        return LandedFile(path, len(content), is_new=False)
    replace_file(path, content)
    return LandedFile(path, len(content), is_new=True)
