"""The part of the warehouse that is Java: compiled once per version of its sources."""

import hashlib
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

SOURCES = Path(__file__).parent / "java" / "warehouse"


def missing_jdk() -> str | None:
    """Why there is no JDK 17 or newer to use, or None when there is one."""
    if not shutil.which("java") or not shutil.which("javac"):
        return "the local SQL warehouse needs a JDK 17 (java and javac), and there is none"
    told = subprocess.run(["javac", "-version"], capture_output=True, text=True, check=False)
    words = (told.stdout + told.stderr).split()
    release = words[1].split(".")[0] if len(words) > 1 else ""
    if not release.isdigit() or int(release) < 17:
        return f"the local SQL warehouse needs a JDK 17, javac is {' '.join(words)}"
    return None


def spark_jars() -> Path:
    """The folder of Spark's own classes."""
    spec = find_spec("pyspark")
    assert spec and spec.origin
    return Path(spec.origin).parent / "jars"


def compiled(cache: Path) -> Path:
    """A folder below `cache` with the compiled classes."""
    sources = sorted(SOURCES.glob("*.java"))
    content = hashlib.sha256(version("pyspark").encode())
    for source in sources:
        content.update(source.read_bytes())
    classes = cache / content.hexdigest()[:16]
    if not classes.exists():
        unfinished = classes.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        subprocess.run(
            ["javac", "-nowarn", "-cp", f"{spark_jars()}/*", "-d", unfinished, *sources],
            check=True,
        )
        unfinished.rename(classes)
    return classes
