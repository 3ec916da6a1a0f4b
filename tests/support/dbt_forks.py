"""Runs dbt many times for the price of one start.

Started as a script in a project folder, this imports dbt, parses the project once and then waits
for requests on stdin, one JSON object a line. Each run is a fork: a fresh process with the parsed
project, which may die in any way without harm to the next one. The answer is one JSON line on
stdout.

A request may ask for the process to be killed (SIGKILL) around a statement that it sends to the
database, or after a time: `kill` is `{"statement": n, "when": "before" | "after"}`, counted from 0,
`{"after": [pattern, ...]}`, the first statement that fits the last of these after one that fits
each of the others in turn, or `{"seconds": s}`. It may also name a size in bytes that no file may
exceed, as on a full disk.
"""

import functools
import gc
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

RESULT = Path("target") / "run.json"


@dataclass(frozen=True)
class Run:
    """What a dbt command did."""

    success: bool
    killed: bool
    seconds: float
    error: str | None = None
    """What stopped the command itself, such as a wrong option."""
    nodes: dict[str, str] = field(default_factory=dict)
    """Status of each node by name: success, error, skipped, pass, warn, fail."""
    messages: dict[str, str] = field(default_factory=dict)
    """What dbt said of each node."""
    warnings: list[str] = field(default_factory=list)
    """Messages of level warn or above, of the whole run."""
    printed: list[str] = field(default_factory=list)
    """What a macro printed for the user, a text each."""
    logged: list[str] = field(default_factory=list)
    """What a macro logged for the user, a text each."""
    statements: list[str] = field(default_factory=list)
    """Every statement that was sent to the database, in order."""


class DbtForks:
    """The parsed project of a folder; `run` runs dbt commands in folders with the same project.

    `variables` are for what is settled when the project is parsed; a run has its own `--vars`.
    """

    def __init__(self, project: Path, variables: Mapping[str, Any] | None = None) -> None:
        self._server = subprocess.Popen(
            # dbt leaves semaphores to Python's tracker, which remarks on those of killed processes.
            [
                *(sys.executable, "-W", "ignore:resource_tracker", __file__),
                json.dumps(variables or {}),
            ],
            cwd=project,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()

    def _read(self) -> dict[str, Any]:
        assert self._server.stdout
        line = self._server.stdout.readline()
        assert line, "the dbt process has ended; what it said stands above"
        answer: dict[str, Any] = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer

    def run(
        self,
        folder: Path,
        args: Sequence[str],
        kill: dict[str, Any] | None = None,
        largest_file: int | None = None,
    ) -> Run:
        """Run one dbt command in a folder."""
        assert self._server.stdin
        request = {
            "folder": str(folder),
            "args": list(args),
            "kill": kill,
            "largest_file": largest_file,
        }
        (folder / RESULT).unlink(missing_ok=True)
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        status = self._read()
        if status["signal"]:
            return Run(success=False, killed=True, seconds=status["seconds"])
        result = json.loads((folder / RESULT).read_text())
        return Run(**result, killed=False, seconds=status["seconds"])

    def close(self) -> None:
        """End the waiting process."""
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait()


def serve() -> None:
    """Parse the project in the current folder, then answer requests until stdin ends."""
    from dbt.cli.main import dbtRunner

    # dbt writes to stdout: answers go to a copy of it, everything else to stderr.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**content: Any) -> None:
        print(json.dumps(content), file=answers, flush=True)

    ignore_debug_events()
    keep_type_testers()
    parsed = dbtRunner().invoke(["--log-level", "error", "parse", "--vars", sys.argv[1]])
    if not parsed.success:
        answer(error=f"the project does not parse: {parsed.exception}")
        return

    keep_templates(parsed.result)
    resource_tracker.ensure_running()  # or each fork starts one of its own, for dbt's semaphores
    answer()
    gc.freeze()  # forks share the parsed project's memory

    for line in sys.stdin:
        request = json.loads(line)
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            try:
                run_in_fork(parsed.result, **request)
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            answer(error=f"running dbt {request['args']} failed; why stands above")
        else:
            ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            answer(signal=ended_by, seconds=time.monotonic() - started)


def keep_templates(manifest: Any) -> None:
    """Compile macros and models, which dbt would do when it comes to them, run by run."""
    from dbt_common.clients.jinja import get_template, template_cache
    from jinja2 import Environment

    environment: Any = Environment
    compile_anew = environment.compile
    compiled: dict[tuple[type, str], Any] = {}

    def compile_once(self: Any, source: str) -> Any:
        key = type(self), source
        if key not in compiled:
            compiled[key] = compile_anew(self, source)
        return compiled[key]

    environment.compile = compile_once
    for macro in manifest.macros.values():
        template_cache.get_node_template(macro)
    for node in manifest.nodes.values():
        get_template(node.raw_code, {}, node)


def keep_type_testers() -> None:
    """Make what tells the types of a result once for the same columns, not for each query."""
    from dbt_common.clients import agate_helper

    helper: Any = agate_helper
    make = functools.cache(helper.build_type_tester)

    def kept(text_columns: Iterable[str], string_null_values: Iterable[str] = ("null", "")) -> Any:
        return make(frozenset(text_columns), tuple(string_null_values))

    helper.build_type_tester = kept


def run_in_fork(
    manifest: Any,
    folder: str,
    args: list[str],
    kill: dict[str, Any] | None,
    largest_file: int | None,
) -> None:
    """Run one dbt command with a parsed project and write down what happened."""
    from dbt.cli.main import dbtRunner

    gc.disable()  # the process is short-lived
    os.chdir(folder)
    statements: list[str] = []
    watch_statements(statements, kill or {})
    if kill and "seconds" in kill:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # by default it kills: no code of ours runs
        signal.setitimer(signal.ITIMER_REAL, kill["seconds"])

    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY))

    warnings: list[str] = []
    printed: list[str] = []
    logged: list[str] = []

    def note(event: Any) -> None:
        if event.info.level in ("warn", "error"):
            warnings.append(event.info.msg)
        if event.info.name == "PrintEvent":
            printed.append(event.info.msg)
        if event.info.name == "JinjaLogInfo":
            logged.append(event.info.msg)

    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json"]
    outcome = dbtRunner(manifest=manifest, callbacks=[note]).invoke([*quiet, *args])
    results = [r for r in getattr(outcome.result, "results", []) if hasattr(r, "node")]
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    RESULT.write_text(
        json.dumps(
            {
                "success": outcome.success,
                "error": str(outcome.exception) if outcome.exception else None,
                "nodes": {r.node.name: str(r.status) for r in results},
                "messages": {r.node.name: str(r.message) for r in results},
                "warnings": warnings,
                "printed": printed,
                "logged": logged,
                "statements": statements,
            }
        )
    )


def ignore_debug_events() -> None:
    """Make nothing of events for debugging: nobody listens to them, and they take long to make."""
    from dbt_common.events.base_types import DebugLevel
    from dbt_common.events.event_manager import EventManager

    manager: Any = EventManager
    debug_event: Any = DebugLevel
    fire_event = manager.fire_event

    def fire_others(self: Any, event: Any, *args: Any, **options: Any) -> None:
        if not isinstance(event, DebugLevel):
            fire_event(self, event, *args, **options)

    debug_event.__init__ = lambda self, *args, **fields: None
    manager.fire_event = fire_others


def watch_statements(statements: list[str], kill: dict[str, Any]) -> None:
    """Note every statement that dbt sends to DuckDB, and die around the one that `kill` names."""
    from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

    execute = DuckDBCursorWrapper.execute
    patterns = list(kill.get("after", []))

    def watched(self: Any, sql: str, bindings: Any = None) -> Any:
        number = len(statements)
        statements.append(sql)
        if kill.get("statement") == number and kill["when"] == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(self, sql, bindings)
        fits = bool(patterns and re.search(patterns[0], sql.replace('"', ""), re.DOTALL))
        if fits:
            patterns.pop(0)
        if kill.get("statement") == number or (fits and not patterns):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    DuckDBCursorWrapper.execute = watched


if __name__ == "__main__":
    serve()
    os._exit(0)  # DuckDB remarks on every exit of a process that used gc.freeze
