"""What the repository itself promises: locks that any mirror can serve, and no address in it.

Lines of macros have a width, too: sqlfluff reads models, not macros.
"""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-test.txt")

MACRO_LINE_LENGTH = 100
# Everyone installs from the registry or the mirror that their own tools are set to. The names are
# put together here so that this file holds none of them.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("debian", "org"),
        ("hub", "getdbt", "com"),
    )
]


def tracked_texts() -> list[tuple[str, str]]:
    """Path and text of every tracked text file."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("not a git work tree")
    texts = []
    for name in filter(None, listing.stdout.split("\0")):
        path = ROOT / name
        if path.is_file():
            content = path.read_bytes()
            if b"\0" not in content:
                texts.append((name, content.decode()))
    return texts


def locked(lock: str) -> dict[str, Requirement]:
    """Each requirement of a lock by its normalized name."""
    lines = [line.removesuffix(" \\") for line in (ROOT / lock).read_text().splitlines()]
    requirements = [Requirement(line) for line in lines if line and line[0] not in "# -"]
    return {re.sub(r"[-_.]+", "-", r.name).lower(): r for r in requirements}


def asked_for(lock: str) -> list[Requirement]:
    """What pyproject.toml wants in a lock."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = pyproject["project"]["dependencies"]
    if lock == "requirements-test.txt":
        wanted = wanted + pyproject["dependency-groups"]["test"]
    return [Requirement(text) for text in wanted]


def test_no_tracked_file_holds_the_address_of_a_package_registry() -> None:
    found = [
        f"{name}: {host}"
        for name, text in tracked_texts()
        for host in REGISTRY_HOSTS
        if host in text.lower()
    ]
    assert not found, f"leave the address to the reader's own tools: {found}"


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_nothing_but_pinned_versions_and_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    for entry in re.split(r"\n(?=\S)", text.rstrip("\n")):
        if not entry.startswith("#"):
            pin, *hashes = (line.strip().removesuffix(" \\") for line in entry.splitlines())
            assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==[^ ]+( ; .+)?$", pin), pin
            assert hashes, f"{pin} has no hash: run make lock"
            assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", h) for h in hashes), pin


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_what_pyproject_asks_for(lock: str) -> None:
    pins = locked(lock)
    for wanted in asked_for(lock):
        pin = pins.get(re.sub(r"[-_.]+", "-", wanted.name).lower())
        assert pin is not None, f"{wanted} is not in {lock}: run make lock"
        version = str(pin.specifier).removeprefix("==")
        assert wanted.specifier.contains(version), f"{lock} has {pin}, not {wanted}: run make lock"


def test_both_locks_agree_on_every_version() -> None:
    demo, everything = (locked(lock) for lock in LOCKS)
    differing = [
        name
        for name, pin in demo.items()
        if name not in everything or everything[name].specifier != pin.specifier
    ]
    assert not differing, f"one .venv serves both: run make lock ({differing})"


def test_dbt_deps_never_installs_over_the_stand_in() -> None:
    for name in ("packages.yml", "dbt_project.yml"):
        assert "vendor" not in (ROOT / name).read_text(), f"{name}: dbt deps would delete vendor/"


def test_lines_of_macros_are_at_most_100_characters_long() -> None:
    macros = ROOT / "macros"
    paths = set(macros.rglob("*.sql"))
    assert paths
    too_long = [
        f"{path.relative_to(ROOT)}:{number}: {len(line)} characters"
        for path in sorted(paths)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > MACRO_LINE_LENGTH
    ]
    assert not too_long, "\n".join(["", *too_long])
