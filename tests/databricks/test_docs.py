"""What the documentation tells people to type is right: commands, names, queries, links."""

import re
import shlex
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
import typer

from generators.cli import app
from tests.support.bundle import ROOT, load, parse_command, targets, triggers
from tests.support.compiled_project import Compiled, unparsable

pytestmark = pytest.mark.databricks

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language: str) -> list[str]:
    """The code blocks of all pages in a language."""
    fence = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [block for page in PAGES for block in fence.findall(page.read_text())]


def commands(program: str) -> list[str]:
    """The commands of all shell blocks that begin so, comments removed."""
    lines = [line.split("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    found = [part for part in parts if part.startswith(f"{program} ")]
    assert found
    return found


def test_dbt_understands_every_dbt_command() -> None:
    for command in commands("dbt"):
        parse_command(command)


def test_what_the_dbt_commands_select_is_there(compiled: Compiled) -> None:
    manifest = compiled.manifest
    nodes = manifest["nodes"].values()
    known = {f"tag:{tag}" for node in nodes for tag in node["tags"]}
    known |= {f"source:{'.'.join(s['fqn'][-2:])}" for s in manifest["sources"].values()}
    known |= {f"resource_type:{node['resource_type']}" for node in nodes} | {"test_type:unit"}
    for node in nodes:
        parts = node["fqn"][1:]
        known |= {".".join(parts[:length]) for length in range(1, len(parts) + 1)} | {node["name"]}
    for command in commands("dbt"):
        options = parse_command(command)[1]
        for selected in (*options.get("select", ()), *options.get("exclude", ())):
            assert selected.strip("+") in known, command


def test_the_generators_understand_every_command() -> None:
    for command in commands("python -m generators"):
        name, *arguments = shlex.split(command)[3:]
        with suppress(typer.Exit):  # of --help
            typer.main.get_group(app).commands[name].make_context(name, arguments)


def test_bundle_commands_name_targets_and_variables_that_there_are() -> None:
    variables = load("scheduled")["variables"]
    for command in commands("databricks"):
        words = shlex.split(command)
        for option, value in pairwise(words):
            assert option != "-t" or value in targets(), command
            assert option != "--var" or value.split("=")[0] in variables, command
        if words[1:3] == ["bundle", "run"]:
            assert words[-1] in load("scheduled")["resources"]["jobs"], command
    for block in blocks("sh"):
        assert set(re.findall(r"BUNDLE_VAR_(\w+)", block)) <= variables.keys()


def test_the_page_on_databricks_names_every_target_variable_and_trigger() -> None:
    page = (ROOT / "docs" / "databricks.md").read_text()
    for name in (*targets(), *load("scheduled")["variables"]):
        assert f"`{name}`" in page
    for name in triggers():
        assert f"`resources/triggers/{name}.yml`" in page


def test_every_query_is_databricks_sql(tmp_path: Path) -> None:
    queries = blocks("sql")
    assert queries
    for number, query in enumerate(queries):
        (tmp_path / f"query_{number}.sql").write_text(query)
    assert unparsable(*tmp_path.glob("*.sql")) == []


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
            path, _, anchor = link.partition("#")
            if "://" in link:
                continue
            target = (page.parent / path) if path else page
            assert target.exists(), f"{page.name}: {link}"
            titles = re.findall(r"^#+ (.*)$", target.read_text(), re.M) if anchor else []
            assert not anchor or anchor in {t.lower().replace(" ", "-") for t in titles}, link
