"""Manifests: what a batch holds, written down for those who check what became of it.

A batch is what is landed of a stream at a time: its files of one day, an opening stock, or the
events that a notebook asked for. Its manifest follows its files, to
`<landing>/_manifests/<batch>.json`, and never changes after that. Ingestion does not look there.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from generators.faults import NO_FAULTS, FaultRecord, Faults
from generators.landing import LandedFile, land_file
from generators.simulation import LostDemand
from generators.totals import Totals
from generators.world import World

FOLDER = "_manifests"
"""The manifests' folder in the landing folder."""

FORMAT = 1
"""Version of what the generators write; it grows when a world's files become others."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file of a batch: its path in the landing folder, its lines and bytes, their SHA-256."""

    path: str
    lines: int
    size: int
    sha256: str

    @classmethod
    def of(cls, path: str, content: bytes) -> "FileRecord":
        """Describe a file by its content."""
        return cls(path, content.count(b"\n"), len(content), sha256(content).hexdigest())


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a batch holds.

    Attributes:
        batch: The batch's name, which the names of its files start with.
        stream: The stream that it belongs to.
        day: The business day that it covers; None for a batch of a number of events.
        world: The world that it is of.
        files: Its files; none when nothing happened on the day.
        by_type: Control totals by type of event.
        lost_demand: What shoppers wanted on the day and the stock did not have; None where the
            stream sells nothing, or the batch is not a whole day.
        faults: Which faults were asked for, how often.
        fault_records: Those that are in the batch.
        format: Version of the generators' files.
    """

    batch: str
    stream: str
    day: date | None
    world: World
    files: tuple[FileRecord, ...]
    by_type: Mapping[str, Totals]
    lost_demand: LostDemand | None = None
    faults: Faults = NO_FAULTS
    fault_records: tuple[FaultRecord, ...] = ()
    format: int = FORMAT

    @property
    def name(self) -> str:
        """The manifest's own file name."""
        return f"{self.batch}.json"

    @property
    def totals(self) -> Totals:
        """Control totals of the whole batch."""
        return sum(self.by_type.values(), Totals())

    def render(self) -> bytes:
        """The manifest as it is written: JSON, the same for the same batch."""
        content = {
            "batch": self.batch,
            "stream": self.stream,
            "day": self.day and str(self.day),
            "seed": self.world.seed,
            "scale": float(self.world.scale),
            "format": self.format,
            "files": [
                {"path": file.path, "lines": file.lines, "bytes": file.size, "sha256": file.sha256}
                for file in self.files
            ],
            "totals": _render_totals(self.totals),
            "by_type": {name: _render_totals(self.by_type[name]) for name in sorted(self.by_type)},
            "lost_demand": self.lost_demand and _render_lost_demand(self.lost_demand),
        }
        if self.faults.rates:
            content["fault_rates"] = dict(self.faults.rates)
            content["faults"] = [asdict(record) for record in self.fault_records]
        return (json.dumps(content, indent=2) + "\n").encode()


def add_by_type(parts: Iterable[Mapping[str, Totals]]) -> dict[str, Totals]:
    """The totals of several files together, by type of event."""
    together: dict[str, Totals] = {}
    for part in parts:
        for name, totals in part.items():
            together[name] = together.get(name, Totals()) + totals
    return together


def _render_amount(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


def _parse_amount(text: str) -> int:
    return int(Decimal(text).scaleb(2))


def _render_totals(totals: Totals) -> dict[str, Any]:
    return {
        "events": totals.events,
        "line_items": totals.line_items,
        "quantity": totals.quantity,
        "net_sales": _render_amount(totals.net_sales_cents),
    }


def _parse_totals(content: dict[str, Any]) -> Totals:
    return Totals(
        content["events"],
        content["line_items"],
        content["quantity"],
        _parse_amount(content["net_sales"]),
    )


def _render_lost_demand(lost: LostDemand) -> dict[str, Any]:
    return {
        "line_items": lost.line_items,
        "quantity": lost.quantity,
        "sales": _render_amount(lost.sales_cents),
    }


def _parse_lost_demand(content: dict[str, Any]) -> LostDemand:
    return LostDemand(content["line_items"], content["quantity"], _parse_amount(content["sales"]))


def land_manifest(landing: Path, manifest: Manifest) -> LandedFile:
    """Land a manifest, after the files of its batch.

    Raises:
        LandingConflictError: The batch has landed before as another one.
        OSError: The manifest cannot be written.
    """
    return land_file(landing / FOLDER, manifest.name, manifest.render())


def read_manifest(path: Path) -> Manifest:
    """Read a manifest that has landed.

    Raises:
        ValueError: The file is not a manifest.
        OSError: The file cannot be read.
    """
    content = path.read_bytes()
    try:
        fields = json.loads(content)
        return Manifest(
            batch=fields["batch"],
            stream=fields["stream"],
            day=fields["day"] and date.fromisoformat(fields["day"]),
            world=World(fields["seed"], fields["scale"]),
            files=tuple(
                FileRecord(file["path"], file["lines"], file["bytes"], file["sha256"])
                for file in fields["files"]
            ),
            by_type={name: _parse_totals(part) for name, part in fields["by_type"].items()},
            lost_demand=fields["lost_demand"] and _parse_lost_demand(fields["lost_demand"]),
            faults=Faults.of(fields.get("fault_rates", {})),
            fault_records=tuple(FaultRecord(**record) for record in fields.get("faults", ())),
            format=fields["format"],
        )
    except (ValueError, ArithmeticError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not a manifest ({error})") from error
