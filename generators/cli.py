"""The command line: `python -m generators`."""

import os
import re
import sys
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from time import monotonic, sleep
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from generators import manifests
from generators.customers import DEFAULT_AS_OF, FIRST_AS_OF, LAST_AS_OF
from generators.faults import KINDS, Faults
from generators.landing import LandingConflictError
from generators.realtime import FILE_SPAN, replay
from generators.seeds import export_seeds
from generators.streams import (
    INVENTORY,
    OPENING,
    STREAMS,
    Landed,
    check_faults,
    land_days,
    land_opening,
    needs_opening,
    split_days,
)
from generators.world import FIRST_DAY, LAST_DAY, MAX_SCALE, World

DEFAULT_END = date(2026, 1, 31)
"""Last day of a run without `--end`: a fixed one, so that a run can be repeated."""

DEFAULT_DAYS = 30

MAX_WORKERS = 64

DEFAULT_SPEED = 10.0
"""Simulated minutes per second of a replay."""

DEFAULT_EVERY = 1.0
"""Seconds between two steps of a replay."""

SPEEDS = (0.01, 1440.0)
EVERIES = (0.1, 3600.0)
"""Bounds of the two."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it; typer makes it of the exception."""

app = typer.Typer(
    add_completion=False,
    help="Make the synthetic retail world: its master data, and the events of its shops.",
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _list_kinds() -> str:
    """A line for each kind of fault."""
    return "\n\n".join(f"`{kind.name}`: {kind.description}" for kind in KINDS.values())


_GENERATE_EPILOG = f"""
**What lands**

`<out>/<stream>/<stream>_<day>_<world>.json`: a stream's day, one event a line. The streams agree:
an online order is the cart of a session, and both kinds of sales are stock movements.

`<out>/inventory/opening_<day>_<world>.json`: the stock that the first day begins with, unless the
day before has landed already.

`<out>/_manifests/`: for each of these batches the lines, bytes and SHA-256 of its files and the
totals that a load of them must add up to.

**More days**

A later run adds the days that follow. It is refused when it leaves a gap, or begins before the
first one, as a second opening stock would count on top of the first. The opening stock is in the
first shard; bring shards together in one folder before you add days to them.

**Real time**

With `--realtime` the days are landed in small files of {FILE_SPAN // timedelta(minutes=1)}
simulated minutes each, in the order of their events, until Ctrl-C: first the opening stock if it is
due, then, `--every` so many seconds, what has happened by then. Without `--days` it goes on from
the day after `--end`, where a run without `--realtime` ends. Begun again, at whatever pace, it
skips what has landed. A day that is landed both ways in one folder is delivered twice: each of its
events counts once all the same.

**Faults**

With `--faults` or `--fault` the events are damaged on purpose, each at most once; the files'
names tell it, and the manifests say what was done to which event and what has to become of it. The
rate is that of each kind:

{_list_kinds()}

**Examples**

python -m generators generate

python -m generators generate --days 7 --end 2025-11-30 --out /tmp/landing

python -m generators generate --days 365 --scale 10 --workers 4

python -m generators generate --source pos --source inventory

python -m generators generate --days 365 --shard 1/2   (and 2/2 on another machine)

python -m generators generate --faults 0.02 --fault duplicate_file=0.3

python -m generators generate --realtime

python -m generators generate --realtime --speed 60 --every 5   (5 hours at a time)
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


def _check_end(end: date) -> None:
    if not FIRST_DAY <= end <= LAST_DAY:
        _refuse("--end", f"{end} is out of bounds; use a day from {FIRST_DAY} to {LAST_DAY}")


def _days_until(end: date, count: int) -> list[date]:
    most = (end - FIRST_DAY).days + 1
    if not 1 <= count <= most:
        _refuse("--days", f"{count} is out of bounds; use 1 to {most} for a run that ends on {end}")
    return [end - timedelta(days=back) for back in reversed(range(count))]


def _days_after(end: date) -> list[date]:
    if end == LAST_DAY:
        _refuse("--end", f"no day follows {LAST_DAY}; use an earlier one")
    return [end + timedelta(days=ahead) for ahead in range(1, (LAST_DAY - end).days + 1)]


def _take_shard(days: list[date], shard: str) -> list[date]:
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", shard)
    index, count = (int(part) for part in match.groups()) if match else (0, 0)
    if not 1 <= index <= count:
        _refuse("--shard", f"{shard!r} is not a shard; write i/n with i from 1 to n, such as 1/4")
    return split_days(days, count)[index - 1]


def _parse_faults(rate: float | None, rates: Sequence[str]) -> Faults:
    """All kinds at one rate, then the kinds with a rate of their own."""
    by_kind = {} if rate is None else dict.fromkeys(KINDS, rate)
    for text in rates:
        kind, equals, number = text.partition("=")
        if not equals:
            _refuse("--fault", f"{text!r} names no rate; write KIND=RATE, such as {kind}=0.02")
        try:
            by_kind[kind] = float(number)
        except ValueError:
            _refuse("--fault", f"rate {number!r} of {kind} is not a number; write one such as 0.02")
    try:
        return Faults.of(by_kind)
    except ValueError as error:
        _refuse("--fault" if rates else "--faults", str(error))


def _check_pace(option: str, value: float, bounds: tuple[float, float]) -> float:
    least, most = bounds
    if not least <= value <= most:
        _refuse(option, f"{value:g} is out of bounds; use {least:g} to {most:g}")
    return value


def _prepare_folder(option: str, folder: Path) -> None:
    """Make sure, before any work is done, that a folder exists and can be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        _refuse(option, f"{str(folder)!r} is or lies below a file; name a folder")
    except OSError as error:
        _refuse(option, f"{str(folder)!r} cannot be made ({error.strerror}); name another folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        _refuse(option, f"{str(folder)!r} cannot be written to; name another folder")


def _add(landed: dict[str, Landed], stream: str, part: Landed) -> None:
    landed.setdefault(stream, Landed()).add(part)


def _run(
    landing: Path,
    streams: list[str],
    world: World,
    days: list[date],
    opening: bool,
    workers: int,
    faults: Faults,
) -> dict[str, Landed]:
    """Land the days, with a progress bar where somebody can see it."""
    landed: dict[str, Landed] = {}
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
        task = progress.add_task("days of streams", total=len(days) * len(streams) + opening)
        for stream, part in land_days(landing, streams, world, days, workers, opening, faults):
            _add(landed, stream, part)
            progress.advance(task)
    return landed


def _replay(
    landing: Path,
    streams: list[str],
    world: World,
    days: list[date],
    opening: bool,
    speed: float,
    every: float,
) -> dict[str, Landed]:
    """Land the days bit by bit until they end or Ctrl-C; a line for each step."""
    landed: dict[str, Landed] = {}
    typer.echo(f"landing in {landing} until Ctrl-C, {speed:g} simulated minutes a second")
    is_ahead = False
    try:
        if opening:
            landed[OPENING] = land_opening(landing, world, days[0])
            typer.echo(f"{days[0]} opening stock, {landed[OPENING].events:,} products in places")
        for tick in replay(landing, streams, world, days, timedelta(minutes=speed * every)):
            for stream, part in tick.landed.items():
                _add(landed, stream, part)
            is_ahead = is_ahead or tick.is_new
            if is_ahead:  # an earlier replay has landed them
                counts = (
                    f"{stream} {tick.landed[stream].events if stream in tick.landed else 0:,}"
                    for stream in streams
                )
                typer.echo("  ".join([f"{tick.until:%Y-%m-%d %H:%M}", *counts]))
                sleep(every)
    except KeyboardInterrupt:
        typer.echo("stopped; begun again, it goes on from here")
    return landed


def _summarise(landing: Path, landed: dict[str, Landed], seconds: float) -> None:
    total = Landed()
    for part in landed.values():
        total.add(part)
    table = Table(show_header=False, box=None)
    table.add_row("landing", str(landing), style="bold")
    table.add_row("files", f"{total.files:,} ({total.unchanged_files:,} were there already)")
    table.add_row("manifests", f"{total.manifests:,}")
    table.add_row("bytes", f"{total.size:,}")
    table.add_row("events", f"{total.events:,}")
    for stream, part in landed.items():
        table.add_row(f"  {stream}", f"{part.events:,}")
    if total.lost_quantity:
        lost = Decimal(total.lost_sales_cents).scaleb(-2)
        table.add_row("lost demand", f"{total.lost_quantity:,} pieces worth {lost:,}")
    if total.faults:
        table.add_row("faults", f"{total.faults.total():,}")
        for kind in KINDS:
            if total.faults[kind]:
                table.add_row(f"  {kind}", f"{total.faults[kind]:,}")
    table.add_row("seconds", f"{seconds:,.1f}")
    Console().print(table)


@app.command(epilog=_GENERATE_EPILOG)
def generate(
    days: Annotated[
        int | None,
        typer.Option(
            parser=_parse_whole_number,
            metavar="N",
            help="Number of days, the last one being --end. Default: "
            f"{DEFAULT_DAYS}; with --realtime, all that follow --end.",
        ),
    ] = None,
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
            help="Volume: 1 is some 500 POS transactions, 200 orders and 5,000 clicks a day, with "
            f"the stock movements that follow; above 0, at most {MAX_SCALE:g}.",
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
        str | None,
        typer.Option(
            metavar="I/N",
            help="Make only the I-th of N blocks of consecutive days, as even as can be. "
            "Default: 1/1.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            parser=_parse_whole_number,
            metavar="N",
            help=f"Number of processes, at most {MAX_WORKERS}; the files are the same. Each makes "
            "a block of consecutive days. Default: 1.",
        ),
    ] = None,
    faults: Annotated[
        float | None,
        typer.Option(
            parser=_parse_number,
            metavar="RATE",
            help="Share of the events that each kind of fault befalls, such as 0.02. Default: 0.",
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=RATE",
            help="The rate of one kind, see below; may be repeated. Default: that of --faults.",
        ),
    ] = None,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="Land small files as time passes, until Ctrl-C.")
    ] = False,
    speed: Annotated[
        float | None,
        typer.Option(
            parser=_parse_number,
            metavar="X",
            help=f"With --realtime: simulated minutes per second. Default: {DEFAULT_SPEED:g}.",
        ),
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(
            parser=_parse_number,
            metavar="X",
            help=f"With --realtime: seconds between two steps. Default: {DEFAULT_EVERY:g}.",
        ),
    ] = None,
) -> None:
    """Land files of events, one or more a day and stream, or many with --realtime.

    The same options give the same bytes, whatever the sources, shards and workers. A file that has
    landed stays as it is: a rerun adds only what is missing.
    """
    started = monotonic()
    misplaced: dict[str, object] = (
        {"--shard": shard, "--workers": workers, "--faults": faults, "--fault": fault}
        if realtime
        else {"--speed": speed, "--every": every}
    )
    for option, value in misplaced.items():
        if value is not None:
            _refuse(option, f"goes only {'without' if realtime else 'with'} --realtime")
    last = _parse_date("--end", end)
    _check_end(last)
    streams = list(dict.fromkeys(source or STREAMS))
    for stream in streams:
        if stream not in STREAMS:
            _refuse("--source", f"{stream!r} is not a stream; use one of: {', '.join(STREAMS)}")
    try:
        world = World(seed, scale)
    except ValueError as error:
        _refuse("--scale" if "scale" in str(error) else "--seed", str(error))
    if realtime and days is None:
        run_days = _days_after(last)
    else:
        run_days = _days_until(last, DEFAULT_DAYS if days is None else days)
    first = run_days[0]
    run_days = _take_shard(run_days, shard or "1/1")
    workers = 1 if workers is None else workers
    if not 1 <= workers <= MAX_WORKERS:
        _refuse("--workers", f"{workers} is out of bounds; use 1 to {MAX_WORKERS}")
    speed = _check_pace("--speed", DEFAULT_SPEED if speed is None else speed, SPEEDS)
    every = _check_pace("--every", DEFAULT_EVERY if every is None else every, EVERIES)
    for folder in (*streams, manifests.FOLDER):
        _prepare_folder("--out", out / folder)
    chosen_faults = _parse_faults(faults, fault or ())
    check_faults(out, world, chosen_faults)
    has_stock = INVENTORY in streams and first in run_days
    opening = has_stock and needs_opening(out, world, first, chosen_faults)
    if realtime:
        landed = _replay(out, streams, world, run_days, opening, speed, every)
    else:
        landed = _run(out, streams, world, run_days, opening, workers, chosen_faults)
    _summarise(out, landed, monotonic() - started)


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

    A failure is reported in one line on stderr.
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
