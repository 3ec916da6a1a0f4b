"""Files that appear complete or not at all.

Content is written under a name that ingestion ignores (it starts with `_`), flushed to the disk and
then renamed. A landed file never changes: landing the same bytes again leaves it alone, other bytes
under its name are refused.
"""

import os
from dataclasses import dataclass
from pathlib import Path


class LandingConflictError(Exception):
    """A file that has landed holds other content than the one to land."""


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file in the landing folder; `is_new` is false when it stood there already."""

    path: Path
    size: int
    is_new: bool


def temporary_name(name: str) -> str:
    """The name under which a file is written before it gets its own; ingestion ignores it."""
    return f"_{name}.{os.getpid()}.tmp"


def _remove_leftovers(path: Path) -> None:
    """Remove what killed runs left of this file, and of no other."""
    prefix, suffix = f"_{path.name}.", ".tmp"
    for leftover in path.parent.glob("_*.tmp"):
        name = leftover.name
        if name.startswith(prefix) and name[len(prefix) : -len(suffix)].isdecimal():
            leftover.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system can flush a folder."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file, or replace it, in one step that cannot be seen half done.

    Raises:
        OSError: The file cannot be written.
    """
    temporary = path.with_name(temporary_name(path.name))
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
    _remove_leftovers(path)
    if path.exists():
        if path.stat().st_size != len(content) or path.read_bytes() != content:
            raise LandingConflictError(
                f"{path} has landed with other content and is never overwritten; "
                "remove it or land in another folder"
            )
        return LandedFile(path, len(content), is_new=False)
    replace_file(path, content)
    return LandedFile(path, len(content), is_new=True)
