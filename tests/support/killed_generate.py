"""Runs `generate` and dies (SIGKILL) at one of its file operations in the landing folder.

python -m tests.support.killed_generate 7 generate --out landing ...
"""

import os
import signal
import sys
from itertools import count
from typing import Any

from generators.cli import main

OPERATIONS = {"open", "os.mkdir", "os.rename", "os.remove"}


def die_at(operation: int, folder: str) -> None:
    """Let this process die before its n-th file operation (from 0) below a folder."""
    numbers = count()

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if (
            event in OPERATIONS
            and str(arguments[0]).startswith(folder)
            and next(numbers) == operation
        ):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


if __name__ == "__main__":
    number, *command = sys.argv[1:]
    die_at(int(number), command[command.index("--out") + 1])
    sys.exit(main(command))
