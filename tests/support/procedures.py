"""The procedures of docs/operations.md, followed to the letter on a copy of the project.

A code block there belongs to the file that the prose before it names last. A block of `diff`
changes the file: its hunks begin with `@@`, and the text after that is in a line above the change.
A block of `sh` is run, unless it runs dbt. Any other block is a new file.
"""

import re
import subprocess
import textwrap
from pathlib import Path

from tests.support.duckdb_warehouse import ROOT

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL
)
FILE = re.compile(r"`([\w/]+\.(?:sql|yml))`[^`]*:\s*\Z")


def follow(project: Path, title: str) -> None:
    """Do in a copy of the project what the section of that title says, but for running dbt."""
    page = (ROOT / "docs" / "operations.md").read_text()
    section = page.split(f"\n## {title}\n")[1].split("\n## ")[0]
    end = 0
    for block in FENCE.finditer(section):
        named = FILE.search(section[end : block.start()])
        end = block.end()
        if block["language"] == "sh":
            command = textwrap.dedent(block["code"])
            if not command.startswith("dbt "):
                subprocess.run(command, cwd=project, shell=True, check=True)
            continue
        assert named, f"which file is this of? {block['code']}"
        path = project / named[1]
        code = textwrap.dedent(block["code"])
        if block["language"] == "diff":
            path.write_text(patched(path.read_text(), code, named[1]))
        else:
            assert not path.exists(), f"{named[1]} is no new file"
            path.parent.mkdir(exist_ok=True)
            path.write_text(code)


def patched(text: str, diff: str, name: str) -> str:
    """A text with the hunks of a diff applied."""
    lines = text.splitlines()
    for hunk in re.split(r"^@@", diff if diff.startswith("@@") else f"@@\n{diff}", flags=re.M)[1:]:
        below, *changes = hunk.splitlines()
        old = [line[1:] for line in changes if not line.startswith("+")]
        new = [line[1:] for line in changes if not line.startswith("-")]
        first = next((n for n, line in enumerate(lines) if below.strip() in line), None)
        assert first is not None, f"{name} has no line with {below.strip()!r}"
        places = [n for n in range(first, len(lines)) if lines[n : n + len(old)] == old]
        assert places, f"{name} has nowhere the lines {old}"
        assert below.strip() or len(places) == 1, f"{name} has several times the lines {old}"
        lines[places[0] : places[0] + len(old)] = new
    return "\n".join(lines) + "\n"
