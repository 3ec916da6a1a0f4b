"""The bundle: everything in it exists, fits together and would do what it says.

The Databricks CLI is not at hand, so `databricks bundle validate` is not run: see bundle.py.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.bundle import (
    ROOT,
    TRIGGER_FIELDS,
    BundleError,
    Config,
    deploy,
    load,
    parse_command,
    targets,
    triggers,
)
from tests.support.compiled_project import dbt_without_network
from tests.support.duckdb_warehouse import copy_project

pytestmark = pytest.mark.databricks

PRINCIPAL = "11111111-2222-3333-4444-555555555555"
GIVEN = {"service_principal": PRINCIPAL, "warehouse_id": "abc123", "notify": ["a@example.com"]}

EVERY = [(target, trigger) for target in targets() for trigger in triggers()]

# What the profile of the job reads, by name.
PROFILE_VARS = {"warehouse_id", "catalog", "schema"}


def change_job(**fields: Any) -> Any:
    """A change of the merged files that sets fields of the job."""
    return lambda config: config["resources"]["jobs"]["retail_medallion"].update(fields)


def profile() -> Config:
    content = yaml.safe_load((ROOT / "dbt_profiles" / "profiles.yml").read_text())
    assert isinstance(content, dict)
    return content


@pytest.mark.parametrize(("target", "trigger"), EVERY)
def test_every_resource_is_one_that_databricks_knows(target: str, trigger: str) -> None:
    for given in ({}, GIVEN):
        deploy(target, trigger, given).check()


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"max_concurent_runs": 1}, "Unexpected field 'max_concurent_runs'"),
        ({"health": {"rules": [{"metric": "SPEED", "op": "GREATER_THAN", "value": 1}]}}, "SPEED"),
        ({"name": "${var.nothing}"}, r"\$\{var\.nothing\}"),
        ({"name": "${resources.schemas.other.name}"}, "does not exist"),
        ({"name": "jobs of ${var.notify}"}, "complex"),
    ],
)
def test_what_databricks_does_not_know_is_found(fields: Config, complaint: str) -> None:
    with pytest.raises(BundleError, match=complaint):
        deploy("dev", change=change_job(**fields)).check()


def test_a_variable_without_a_value_is_found() -> None:
    with pytest.raises(BundleError, match="required variable catalog"):
        deploy("dev", change=lambda config: config["variables"]["catalog"].pop("default"))


@pytest.mark.parametrize("target", targets())
def test_tasks_run_in_environments_of_the_job_and_after_tasks_of_it(target: str) -> None:
    deployment = deploy(target)
    job = deployment.job
    environments = {environment["environment_key"] for environment in job["environments"]}
    assert {task["environment_key"] for task in deployment.tasks()} == environments
    keys = {task["task_key"] for task in job["tasks"]}
    for task in job["tasks"]:
        assert {needed["task_key"] for needed in task.get("depends_on", ())} < keys


@pytest.mark.parametrize("target", targets())
def test_packages_are_those_of_the_lock(target: str) -> None:
    lock = (ROOT / "requirements-test.txt").read_text()
    locked = dict(re.findall(r"^([a-z][a-z0-9-]*)(?:\[.*\])?==(\S+)", lock, re.MULTILINE))
    for environment in deploy(target).job["environments"]:
        for package in environment["spec"]["dependencies"]:
            name, _, version = package.partition("==")
            assert version == locked.get(name), package


@pytest.mark.parametrize("target", targets())
def test_the_projects_of_dbt_tasks_are_there(target: str) -> None:
    projects = [task["dbt_task"] for task in deploy(target).tasks() if "dbt_task" in task]
    assert projects
    for project in projects:
        folder = ROOT / project["project_directory"]
        assert (folder / "dbt_project.yml").is_file()
        assert (folder / project["profiles_directory"] / "profiles.yml").is_file()
        # A generated profile would be used instead, which lacks the session's time zone.
        assert not project.keys() & {"warehouse_id", "catalog", "schema"}


@pytest.mark.parametrize("target", targets())
def test_dbt_understands_each_command(target: str) -> None:
    deployment = deploy(target, variables=GIVEN)
    outputs = profile()["retail_medallion"]["outputs"]
    parsed = [parse_command(command) for command in deployment.dbt_commands()]
    assert [name for name, _ in parsed] == ["deps", "build", "source freshness"]
    for name, options in parsed[1:]:
        assert options["target"] == target
        assert target in outputs
        assert options["vars"].keys() >= PROFILE_VARS, name
    variables = parsed[1][1]["vars"]
    [schema] = deployment.resources["schemas"].values()
    assert variables == {
        "warehouse_id": "abc123",
        "catalog": "main",
        "schema": schema["name"],
        "landing_path": deployment.landing,
    }


def test_vars_of_the_commands_are_those_that_the_project_and_the_profile_read() -> None:
    text = (ROOT / "dbt_profiles" / "profiles.yml").read_text()
    assert set(re.findall(r"\bvar\('(\w+)'\)", text)) == PROFILE_VARS
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text())
    for command in deploy("prod", variables=GIVEN).dbt_commands()[1:]:
        assert parse_command(command)[1]["vars"].keys() - PROFILE_VARS <= project["vars"].keys()


def test_an_option_that_dbt_does_not_know_is_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        parse_command("dbt build --slect gold")


def test_the_job_builds_everything_but_unit_tests_by_its_own_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_project(tmp_path / "project")
    shutil.copytree(ROOT / "dbt_profiles", tmp_path / "project" / "dbt_profiles")
    (tmp_path / "project" / "profiles.yml").unlink()
    monkeypatch.setenv("DBT_HOST", "workspace.invalid")
    monkeypatch.setenv("DBT_ACCESS_TOKEN", "none")
    [build] = [c for c in deploy("prod", variables=GIVEN).dbt_commands() if "dbt build" in c]
    listed = dbt_without_network(
        tmp_path / "project",
        "ls",
        *shlex.split(build)[2:],
        "--quiet",
        "--output-keys",
        "resource_type name schema",
        "--output",
        "json",
        profiles="dbt_profiles",
    )
    nodes = [yaml.safe_load(line) for line in listed.splitlines() if line.startswith("{")]
    kinds = {node["resource_type"] for node in nodes}
    assert kinds >= {"model", "seed", "test"}
    assert "unit_test" not in kinds
    assert {node["schema"] for node in nodes if node["resource_type"] == "model"} == {"retail"}


def test_the_shards_of_the_demo_are_the_whole_demo(tmp_path: Path) -> None:
    deployment = deploy("demo", variables=GIVEN)
    [loop] = [t["for_each_task"] for t in deployment.job["tasks"] if "for_each_task" in t]
    task = loop["task"]["spark_python_task"]
    assert task["parameters"][0].endswith("/demo/files")
    options = task["parameters"][1:]
    assert options[options.index("--out") + 1] == deployment.landing

    def generate(folder: Path, options: list[str]) -> list[Path]:
        options[options.index("--out") + 1] = str(folder)
        command = [sys.executable, ROOT / task["python_file"], ROOT, *options, "--scale", "0.01"]
        subprocess.run(command, check=True, cwd=tmp_path, stdout=subprocess.DEVNULL)
        return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())

    for shard in yaml.safe_load(loop["inputs"]):
        made = generate(
            tmp_path / "shards", [option.replace("{{input}}", shard) for option in options]
        )
    at = options.index("--shard")
    assert made == generate(tmp_path / "whole", options[:at] + options[at + 2 :])


def test_the_demo_is_built_when_its_events_are_there() -> None:
    generate, build = sorted(deploy("demo").job["tasks"], key=lambda task: "dbt_task" in task)
    assert build["depends_on"] == [{"task_key": generate["task_key"]}]


def test_a_generator_that_fails_fails_its_task(tmp_path: Path) -> None:
    command = [sys.executable, ROOT / "tools" / "generate.py", ROOT, "--days", "none"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode != 0
    assert "--days" in run.stderr


@pytest.mark.parametrize(("target", "trigger"), EVERY)
def test_one_build_at_a_time_that_is_started_in_one_way(target: str, trigger: str) -> None:
    job = deploy(target, trigger, GIVEN).job
    assert job["max_concurrent_runs"] == 1
    assert job["queue"] == {"enabled": True}
    assert job["timeout_seconds"] > job["health"]["rules"][0]["value"]
    started_by = [field for field in TRIGGER_FIELDS if field in job]
    assert len(started_by) == (0 if target == "demo" else 1)


@pytest.mark.parametrize("trigger", triggers())
def test_nothing_runs_by_itself_but_in_prod(trigger: str) -> None:
    for target, paused in (("dev", "PAUSED"), ("prod", None)):
        job = deploy(target, trigger, GIVEN).job
        [started_by] = [job[field] for field in TRIGGER_FIELDS if field in job]
        assert started_by.get("pause_status") == paused


def test_files_that_arrive_are_those_of_the_landing_volume() -> None:
    deployment = deploy("prod", "on_arrival", GIVEN)
    assert deployment.job["trigger"]["file_arrival"]["url"] == f"{deployment.landing}/"


@pytest.mark.parametrize("target", ["dev", "prod"])
def test_a_continuous_job_has_neither_retries_nor_tasks_that_wait(target: str) -> None:
    for task in deploy(target, "continuous", GIVEN).job["tasks"]:
        assert task["max_retries"] == 0
        assert "depends_on" not in task


def test_targets_do_not_share_anything() -> None:
    deployments = [deploy(target, variables=GIVEN) for target in targets()]
    assert len({deployment.landing for deployment in deployments}) == len(deployments)
    assert len({deployment.job["tags"]["target"] for deployment in deployments}) == len(deployments)


def test_prod_is_run_by_the_service_principal_and_keeps_its_data() -> None:
    prod = deploy("prod", variables=GIVEN)
    assert prod.run_as == {"service_principal_name": PRINCIPAL}
    assert load("scheduled")["targets"]["prod"]["mode"] == "production"
    for kind in ("schemas", "volumes"):
        for resource in prod.resources[kind].values():
            assert resource["lifecycle"] == {"prevent_destroy": True}


def test_whoever_is_to_be_told_is_told_of_failed_and_of_long_runs() -> None:
    told = deploy("prod", variables=GIVEN).job["email_notifications"]
    assert told["on_failure"] == ["a@example.com"]
    assert told["on_duration_warning_threshold_exceeded"] == ["a@example.com"]
