"""The command line: `python -m generators`."""

import os
import re
import sys
import time
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from generators.customers import DEFAULT_AS_OF, FIRST_AS_OF, LAST_AS_OF
from generators.landing import LandingConflictError
from generators.seeds import export_seeds
from generators.streams import STREAMS, Landed, land_days
from generators.world import FIRST_DAY, LAST_DAY, World

DEFAULT_END = date(2026, 1, 31)
"""Last day of a run that names none: a fixed one, so that a run can be repeated."""

MAX_WORKERS = 64

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it; typer makes it of the exception."""

app = typer.Typer(
    add_completion=False,
    help="Make the synthetic retail world: its master data, and the events of its shops.",
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

_GENERATE_EPILOG = """
**Examples**

python -m generators generate

python -m generators generate --days 7 --end 2025-11-30 --out /tmp/landing

python -m generators generate --days 365 --scale 10 --workers 4

python -m generators generate --days 365 --shard 1/2   (and 2/2 on another machine)
"""

_EXPORT_EPILOG = """
**Examples**

python -m generators export-seeds

python -m generators export-seeds --as-of 2026-06-30   (customers have moved on since)
"""


def _refuse(option: str, message: str) -> NoReturn:
    raise typer.BadParameter(message, param_hint=option)


def _parse_whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a whole number; write digits") from None


def _parse_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a number; write one such as 2 or 0.5") from None


def _parse_date(option: str, text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    _refuse(option, f"{text!r} is not a date; write it as YYYY-MM-DD, such as {DEFAULT_END}")


def _parse_days(days: int, end: date) -> list[date]:
    if not FIRST_DAY <= end <= LAST_DAY:
        _refuse("--end", f"{end} is out of bounds; use a day from {FIRST_DAY} to {LAST_DAY}")
    most = (end - FIRST_DAY).days + 1
    if not 1 <= days <= most:
        _refuse("--days", f"{days} is out of bounds; use 1 to {most} for a run that ends on {end}")
    return [end - timedelta(days=back) for back in reversed(range(days))]


def _take_shard(days: list[date], shard: str) -> list[date]:
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", shard)
    index, count = (int(part) for part in match.groups()) if match else (0, 0)
    if not 1 <= index <= count:
        _refuse("--shard", f"{shard!r} is no shard; write i/n with i from 1 to n, such as 1/4")
    return [day for day in days if day.toordinal() % count == index - 1]


def _prepare_folder(option: str, folder: Path) -> None:
    """Make sure that a folder is there and takes files, before any work is done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        _refuse(option, f"{str(folder)!r} is or lies below a file; name a folder")
    except OSError as error:
        _refuse(option, f"{str(folder)!r} cannot be made ({error.strerror}); name another folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        _refuse(option, f"{str(folder)!r} cannot be written to; name another folder")


def _run(landing: Path, streams: list[str], world: World, days: list[date], workers: int) -> Landed:
    """Land the days, with a progress bar where somebody may watch it."""
    total = Landed()
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    with progress:
        task = progress.add_task("days", total=len(days) * len(streams))
        for landed in land_days(landing, streams, world, days, workers):
            total.add(landed)
            progress.advance(task)
    return total


@app.command(epilog=_GENERATE_EPILOG)
def generate(
    days: Annotated[
        int,
        typer.Option(
            parser=_parse_whole_number,
            metavar="N",
            help="Number of days, the last one being --end.",
        ),
    ] = 30,
    end: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="Last day, in the stores' own time.")
    ] = str(DEFAULT_END),
    seed: Annotated[
        int,
        typer.Option(
            parser=_parse_whole_number,
            metavar="N",
            help="Which world: another seed, other events.",
        ),
    ] = 42,
    scale: Annotated[
        float,
        typer.Option(
            parser=_parse_number,
            metavar="X",
            help="Volume: 1 is some 500 POS transactions a day, 1000 the most.",
        ),
    ] = 1.0,
    out: Annotated[
        Path,
        typer.Option(envvar="RETAIL_LANDING", help="Landing folder; made if it is missing."),
    ] = Path("landing"),
    source: Annotated[
        list[str] | None,
        typer.Option(help=f"A stream ({', '.join(STREAMS)}); may be repeated. Default: all."),
    ] = None,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Make only the I-th of N shares of the days.")
    ] = "1/1",
    workers: Annotated[
        int,
        typer.Option(
            parser=_parse_whole_number,
            metavar="N",
            help="Number of processes; the files are the same.",
        ),
    ] = 1,
) -> None:
    """Land files of events, one or more a day and stream.

    The same options give the same bytes, whatever the shards and workers. A file that has landed
    stays as it is: a rerun adds only what is missing.
    """
    started = time.monotonic()
    run_days = _take_shard(_parse_days(days, _parse_date("--end", end)), shard)
    streams = list(dict.fromkeys(source or STREAMS))
    for stream in streams:
        if stream not in STREAMS:
            _refuse("--source", f"{stream!r} is no stream; use one of: {', '.join(STREAMS)}")
    if not 1 <= workers <= MAX_WORKERS:
        _refuse("--workers", f"{workers} is out of bounds; use 1 to {MAX_WORKERS}")
    try:
        world = World(seed, scale)
    except ValueError as error:
        _refuse("--scale" if "scale" in str(error) else "--seed", str(error))
    for stream in streams:
        _prepare_folder("--out", out / stream)
    landed = _run(out, streams, world, run_days, workers)

    table = Table(show_header=False, box=None)
    table.add_row("landing", str(out), style="bold")
    table.add_row("days", f"{len(run_days):,}")
    table.add_row("files", f"{landed.files:,} ({landed.unchanged_files:,} were there already)")
    table.add_row("events", f"{landed.events:,}")
    table.add_row("bytes", f"{landed.size:,}")
    table.add_row("seconds", f"{time.monotonic() - started:,.1f}")
    Console().print(table)


@app.command("export-seeds", epilog=_EXPORT_EPILOG)
def export_seeds_command(
    out: Annotated[Path, typer.Option(help="Folder of the seeds; made if it is missing.")] = Path(
        "seeds"
    ),
    as_of: Annotated[
        str,
        typer.Option(
            metavar="YYYY-MM-DD", help="The day as of which customers are given; they change."
        ),
    ] = str(DEFAULT_AS_OF),
) -> None:
    """Write master data as the CSV seeds from which the dimensions are built."""
    day = _parse_date("--as-of", as_of)
    if not FIRST_AS_OF <= day <= LAST_AS_OF:
        _refuse("--as-of", f"{day} is out of bounds; use a day from {FIRST_AS_OF} to {LAST_AS_OF}")
    _prepare_folder("--out", out)
    for path in export_seeds(out, day):
        typer.echo(f"{path}  {path.stat().st_size:,} bytes")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, 1 (failed), 2 (bad arguments), 130 (Ctrl-C).

    A failure is told in one line on stderr.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        code = int(app(arguments, prog_name="python -m generators", standalone_mode=False) or 0)
        if code != INTERRUPTED:
            return code
        message = "interrupted; what has landed is complete, a rerun adds the rest"
    except typer.TyperException as error:
        message, code = error.format_message(), error.exit_code
    except LandingConflictError as error:
        message, code = str(error), 1
    except OSError as error:
        message, code = f"{error.filename or 'a file'} cannot be written ({error.strerror})", 1
    except BrokenProcessPool:
        message, code = "a worker process died; a rerun, with fewer --workers, adds the rest", 1
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return code
