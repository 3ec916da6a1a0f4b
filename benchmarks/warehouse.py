"""A warehouse to measure: the project in a temporary folder, with CPU seconds for each command."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
ON_DATA = (
    *("--exclude-resource-type", "unit_test"),
    *("--indirect-selection", "buildable"),
)
"""For dbt build: the data tests of what is built, as a production job runs them."""
POS_WAY = (
    *("--select", "bronze_pos_transactions+,+gold_sales_fact", "silver_quarantined_events"),
    *ON_DATA,
)
"""For dbt build: the models from the tills' files to gold_sales_fact and the quarantine, and what
is tested on their data, as a production job runs it."""
EVENTS_A_DAY = {"pos": 500, "ecommerce": 200}
"""Transactions and orders of an average day at scale 1."""


@dataclass(frozen=True)
class Warehouse:
    """A folder with a landing folder, a DuckDB file and what dbt writes."""

    folder: Path

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    @property
    def database(self) -> Path:
        return self.folder / "retail.duckdb"

    def generate(
        self, events: float, end: str = "2026-01-31", days: int = 30, source: str = "pos"
    ) -> None:
        """Land about that many POS transactions, or orders where `source` is ecommerce."""
        scale = events / (days * EVENTS_A_DAY[source] * 0.76)
        self.python(
            "-m",
            "generators",
            "generate",
            *("--source", source, "--out", str(self.landing)),
            *("--days", str(days), "--end", end, "--scale", f"{scale:.3f}"),
        )

    def generate_all(self, days: int, scale: float, end: str = "2026-01-31") -> None:
        """Land that many days of all streams; thirty at scale 1 are those of `make demo`."""
        self.python(
            *("-m", "generators", "generate", "--out", str(self.landing), "--seed", "42"),
            *("--days", str(days), "--end", end, "--scale", str(scale)),
        )

    def dbt(self, *arguments: str) -> float:
        """Run dbt here; the CPU seconds that it took."""
        copyfile(ROOT / "profiles.yml.example", self.folder / "profiles.yml")
        paths = ("--profiles-dir", "--target-path", "--log-path")
        folders = (self.folder, self.folder / "target", self.folder / "logs")
        options = [str(part) for pair in zip(paths, folders, strict=True) for part in pair]
        dbt = Path(sys.executable).with_name("dbt")
        return self._cpu_seconds(str(dbt), "--quiet", *arguments, *options)

    def python(self, *arguments: str) -> float:
        """Run Python here; the CPU seconds that it took."""
        return self._cpu_seconds(sys.executable, *arguments)

    def _cpu_seconds(self, *command: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        environment = {
            **os.environ,
            "RETAIL_LANDING": str(self.landing),
            "RETAIL_DUCKDB": str(self.database),
        }
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def new_warehouse() -> Iterator[Warehouse]:
    """A warehouse with every table built and nothing landed, gone afterwards."""
    with TemporaryDirectory(prefix="retail-bench-") as folder:
        warehouse = Warehouse(Path(folder))
        warehouse.dbt("build", "--exclude-resource-type", "test", "unit_test")
        yield warehouse
