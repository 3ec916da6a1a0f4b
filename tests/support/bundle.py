"""The bundle of databricks.yml as the Databricks CLI would deploy it, made without the CLI.

Its rules are those of the CLI: files and the target are merged (maps key by key, lists one after
the other, tasks by their key), paths count from the file that names them, a target in development
mode gets a prefix and paused triggers, and every reference is replaced by what it names. What the
CLI does not know (a field, a reference, a path) is an error here, too.
"""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml
from databricks.bundles.jobs import Job
from databricks.bundles.schemas import Schema
from databricks.bundles.volumes import Volume
from dbt.cli.main import cli

ROOT = Path(__file__).parents[2]

Config = dict[str, Any]

KINDS = {"jobs": Job, "schemas": Schema, "volumes": Volume}
TRIGGER_FIELDS = ("schedule", "trigger", "continuous")

TOP = {"bundle", "include", "resources", "targets", "variables"}
IN_BUNDLE = {"name", "databricks_cli_version"}
IN_TARGET = {"default", "mode", "resources", "run_as", "variables", "workspace"}
IN_VARIABLE = {"default", "description", "lookup", "type"}
"""The fields that this bundle uses, from the CLI's schema; databricks-bundles knows the others."""

PATHS = {"project_directory", "python_file"}
"""Fields whose paths count from their file; that of profiles_directory counts from the project."""

USER = {"userName": "jane@example.com", "short_name": "jane"}

REFERENCE = re.compile(r"\$\{([^{}]*)\}")


class BundleError(Exception):
    """What the CLI would refuse."""


@dataclass(frozen=True)
class Deployment:
    """What a target deploys: resources by kind and key, without a reference left in them."""

    target: str
    resources: Config
    run_as: Config

    @property
    def job(self) -> Config:
        """The one job."""
        [job] = self.resources["jobs"].values()
        assert isinstance(job, dict)
        return job

    def tasks(self) -> Iterator[Config]:
        """Every task, those that run for each element included."""
        for task in self.job["tasks"]:
            yield task.get("for_each_task", {}).get("task", task)

    def dbt_commands(self) -> list[str]:
        """The commands of all dbt tasks, in order."""
        return [c for task in self.tasks() for c in task.get("dbt_task", {}).get("commands", ())]

    @property
    def landing(self) -> str:
        """Where the landing volume is mounted."""
        [volume] = self.resources["volumes"].values()
        return f"/Volumes/{volume['catalog_name']}/{volume['schema_name']}/{volume['name']}"

    def check(self) -> None:
        """Read every resource as databricks-bundles does, which refuses what it does not know."""
        for kind, resources in self.resources.items():
            for key, resource in resources.items():
                try:
                    KINDS[kind].from_dict(resource)
                except (KeyError, TypeError, ValueError) as error:
                    raise BundleError(f"{kind}.{key}: {error}") from error


def deploy(
    target: str,
    trigger: str = "scheduled",
    variables: Mapping[str, Any] | None = None,
    change: Callable[[Config], None] | None = None,
) -> Deployment:
    """Resolve the bundle for a target, with one of the triggers and with variables set.

    `change` may alter the merged files beforehand.
    """
    config = load(trigger)
    if change:
        change(config)
    chosen = config["targets"][target]
    check_fields(f"targets.{target}", chosen, IN_TARGET)
    merged = merge(
        {"resources": config["resources"], "variables": config["variables"], "workspace": {}},
        {
            "resources": chosen.get("resources"),
            "variables": as_variables(chosen.get("variables", {})),
            "workspace": chosen.get("workspace"),
        },
    )
    for job in merged["resources"]["jobs"].values():
        job["tasks"] = merge_tasks(job["tasks"])
    if chosen["mode"] == "development":
        apply_development_mode(merged["resources"])
    known = {
        "bundle": config["bundle"] | {"target": target},
        "resources": merged["resources"],
        "var": {
            name: value_of(name, variable, variables or {})
            for name, variable in merged["variables"].items()
        },
        "workspace": {
            "current_user": USER,
            "root_path": f"/Workspace/Users/{USER['userName']}/.bundle/retail_medallion/{target}",
            "file_path": "${workspace.root_path}/files",
        }
        | merged["workspace"],
    }
    return Deployment(
        target, resolve(merged["resources"], known), resolve(chosen.get("run_as", {}), known)
    )


def triggers() -> list[str]:
    """Names of the triggers there are to choose from."""
    return sorted(path.stem for path in (ROOT / "resources" / "triggers").glob("*.yml"))


def targets() -> list[str]:
    """Names of the targets."""
    return list(load("scheduled")["targets"])


def load(trigger: str) -> Config:
    """Read databricks.yml and what it includes, with that trigger for the one it names."""
    config = read(ROOT / "databricks.yml")
    check_fields("bundle", config["bundle"], IN_BUNDLE)
    chosen = [line for line in config["include"] if line.startswith("resources/triggers/")]
    if len(chosen) != 1 or not (ROOT / chosen[0]).is_file():
        raise BundleError(f"include names {chosen}, not one trigger")
    files = sorted((ROOT / "resources").glob("*.yml"))
    for path in [*files, ROOT / "resources" / "triggers" / f"{trigger}.yml"]:
        included = read(path)
        for kind, resources in included.get("resources", {}).items():
            repeated = resources.keys() & config.get("resources", {}).get(kind, {}).keys()
            if repeated:
                raise BundleError(f"{path.name}: {kind} {repeated} have been defined before")
        config = merge(config, included)
    for name, variable in config["variables"].items():
        check_fields(f"variables.{name}", variable, IN_VARIABLE)
    return config


def read(path: Path) -> Config:
    """A file, its paths counted from the root of the project."""
    config = yaml.safe_load(path.read_text())
    check_fields(path.name, config, TOP)

    def locate(value: Any, field: str = "") -> Any:
        if isinstance(value, dict):
            return {key: locate(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [locate(item) for item in value]
        if field in PATHS:
            located = (path.parent / value).resolve()
            if not located.exists():
                raise BundleError(f"{path.name}: {value} does not exist")
            return located.relative_to(ROOT).as_posix()
        return value

    located = locate(config)
    assert isinstance(located, dict)
    return located


def check_fields(where: str, value: Config, known: set[str]) -> None:
    if value.keys() - known:
        raise BundleError(f"{where} has unknown fields: {sorted(value.keys() - known)}")


def merge(first: Any, second: Any) -> Any:
    """Merge two values; nothing merged with x is x, and the second of two scalars wins."""
    if first is None or second is None:
        return second if first is None else first
    if isinstance(first, dict) and isinstance(second, dict):
        return {
            key: merge(first.get(key), second.get(key)) for key in dict.fromkeys([*first, *second])
        }
    if isinstance(first, list) and isinstance(second, list):
        return [*first, *second]
    if isinstance(first, dict | list) or isinstance(second, dict | list):
        raise BundleError(f"cannot merge {first!r} with {second!r}")
    return second


def merge_tasks(tasks: list[Config]) -> list[Config]:
    """Tasks of one key are one task."""
    merged: Config = {}
    for task in tasks:
        merged[task["task_key"]] = merge(merged.get(task["task_key"]), task)
    return list(merged.values())


def as_variables(values: Config) -> Config:
    """A target may give a variable's value in place of its declaration."""
    return {
        name: value if isinstance(value, dict) else {"default": value}
        for name, value in values.items()
    }


def value_of(name: str, variable: Config, given: Mapping[str, Any]) -> Any:
    if name in given:
        return given[name]
    if variable.get("default") is not None:
        return variable["default"]
    if "lookup" in variable:
        return f"id of {variable['lookup']}"
    raise BundleError(f"no value assigned to required variable {name}")


def apply_development_mode(resources: Config) -> None:
    for job in resources["jobs"].values():
        job["name"] = f"[dev {USER['short_name']}] {job['name']}"
        for field in TRIGGER_FIELDS:
            if field in job:
                job[field] = {"pause_status": "PAUSED"} | job[field]
    for schema in resources["schemas"].values():
        schema["name"] = f"dev_{USER['short_name']}_{schema['name']}"


def resolve(value: Any, known: Config) -> Any:
    """Replace every reference, also those in what a reference names."""
    if isinstance(value, dict):
        return {key: resolve(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, known) for item in value]
    if not isinstance(value, str):
        return value
    whole = REFERENCE.fullmatch(value)
    if whole:
        return resolve(look_up(whole[1], known), known)
    return REFERENCE.sub(lambda found: text_of(resolve(look_up(found[1], known), known)), value)


def look_up(path: str, known: Config) -> Any:
    value: Any = known
    for step in path.split("."):
        if not isinstance(value, dict) or step not in value:
            raise BundleError(f"reference does not exist: ${{{path}}}")
        value = value[step]
    return value


def text_of(value: Any) -> str:
    if isinstance(value, dict | list):
        raise BundleError(f"a complex value stands within a text: {value!r}")
    return str(value)


def parse_command(command: str) -> tuple[str, Config]:
    """A dbt command, read by dbt's own parser: its name and its parameters."""
    program, *arguments = shlex.split(command)
    assert program == "dbt"
    found: click.Command = cli
    names: list[str | None] = []
    while isinstance(found, click.Group):
        name, next_found, arguments = found.resolve_command(click.Context(found), arguments)
        assert next_found
        found = next_found
        names.append(name)
    return " ".join(map(str, names)), found.make_context(names[-1], arguments).params
