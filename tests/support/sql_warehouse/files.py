"""`read_files` over volumes: Databricks' function, as relations that Spark can read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.sql_warehouse.sql import Reader, StatementError, literal

_PASSED_ON = {"lineSep", "encoding", "wholeText"}
"""Options that Spark's own reader of lines knows, with the same meaning."""
_OWN = {"format", "schema", "rescuedDataColumn"}


@dataclass(frozen=True)
class ReadFiles:
    """A call of `read_files`."""

    path: str
    format: str
    schema: str
    rescued_data: str | None
    options: dict[str, str]


def read_call(reader: Reader) -> ReadFiles:
    """Read a call from its parenthesis on."""
    reader.expect("(")
    path = reader.text()
    given: dict[str, str] = {}
    known = {option.lower(): option for option in _PASSED_ON | _OWN}
    while reader.accept(","):
        name = reader.identifier()
        reader.expect("=>")
        if name.lower() not in known:
            raise StatementError(f"[UNKNOWN_READ_FILES_OPTION] read_files knows no option {name}")
        given[known[name.lower()]] = reader.text()
    reader.expect(")")

    file_format = given.pop("format", "").lower()
    if file_format == "binaryfile" and not given:
        return ReadFiles(path, file_format, "", None, {})
    missing = [
        name
        for name, text in (("format", file_format), ("schema", given.get("schema")))
        if not text
    ]
    if missing:
        raise StatementError(f"[READ_FILES] give read_files an explicit {' and '.join(missing)}")
    if file_format not in ("text", "json"):
        raise StatementError(
            f"[READ_FILES] format {file_format} is not emulated; text, json are, and binaryFile"
            " without options"
        )
    call = ReadFiles(
        path=path,
        format=file_format,
        schema=given.pop("schema"),
        rescued_data=given.pop("rescuedDataColumn", None),
        options=given,
    )
    if call.format == "text":
        if not re.fullmatch(r"\s*`?value`?\s+string\s*", call.schema, re.IGNORECASE):
            raise StatementError("[READ_FILES] text has the schema 'value string'")
        if call.rescued_data:
            raise StatementError("[READ_FILES] text has no rescued data")
    return call


class Volumes:
    """The folder that stands for /Volumes."""

    def __init__(self, folder: Path, empty_file: Path) -> None:
        self._folder = folder
        self._empty_file = empty_file
        empty_file.touch()

    def files(self, pattern: str) -> list[str]:
        """Paths of the files that a path, folder or pattern stands for, `/Volumes/…`, in order."""
        path = pattern.removeprefix("dbfs:")
        if not path.startswith("/Volumes/"):
            raise StatementError(f"[PATH_NOT_FOUND] {pattern} is in no volume")
        parts = path.rstrip("/").split("/")[2:]
        plain = next((n for n, part in enumerate(parts) if re.search(r"[*?\[{]", part)), len(parts))
        root = self._folder.joinpath(*parts[:plain])
        if not root.exists():
            raise StatementError(
                f"[CF_PATH_DOES_NOT_EXIST_FOR_READ_FILES] the path {pattern} does not exist"
            )
        wanted = re.compile(_pattern_of("/".join(parts)) + r"(/.*)?", re.DOTALL)
        found = []
        for file in [root] if root.is_file() else root.rglob("*"):
            name = file.relative_to(self._folder).as_posix()
            hidden = any(part[0] in "._" for part in name.split("/")[plain:])
            if file.is_file() and not hidden and wanted.fullmatch(name):
                found.append(f"/Volumes/{name}")
        return sorted(found)

    def names_in(self, path: str) -> list[str]:
        """Names of what lies in a folder, `/Volumes/…`, in order; a folder's ends in a slash."""
        folder = self._folder / path.removeprefix("/Volumes/")
        if not path.startswith("/Volumes/") or not folder.is_dir():
            raise StatementError(f"[PATH_NOT_FOUND] the path {path} does not exist")
        return sorted(f"{e.name}/" if e.is_dir() else e.name for e in folder.iterdir())

    def relation(self, call: ReadFiles, files: Sequence[str]) -> str:
        """A relation for a FROM clause: the rows of these files, with Spark's hidden _metadata."""
        if files:
            odd = [file for file in files if re.search(r"[\\{}\[\]*?]", file)]
            if odd:
                raise StatementError(f"[READ_FILES] names with wildcards are not emulated: {odd}")
            names = [file.lstrip("/").replace(",", r"\,") for file in files]
            path = "dbfs:/{" + ",".join(names) + "}"
        else:
            path = self._empty_file.as_uri()
        if call.format == "binaryfile":
            return f"binaryFile.`{path.replace('`', '``')}`"
        lines = f"text.`{path.replace('`', '``')}`"
        if call.options:
            options = ", ".join(f"{literal(k)} = {literal(v)}" for k, v in call.options.items())
            lines += f" with ({options})"
        return lines if call.format == "text" else _json_relation(call, lines)


def _json_relation(call: ReadFiles, lines: str) -> str:
    """
    Each line parsed by the schema. With rescued data, what the schema does not name or cannot type
    is kept as JSON, with the path of the file.
    """
    columns = "parsed.*"
    if call.rescued_data:
        columns += f""",
            case when size(map_keys(unfit)) > 0 then to_json(map_concat(
                unfit, map('_file_path', _metadata.file_path)
            )) end as `{call.rescued_data}`"""
    schema = literal(call.schema)
    return f"""(
        select {columns}
        from (
            select
                parsed,
                map_filter(
                    from_json(value, 'map<string, string>'),
                    (name, content) -> content is not null
                    and not coalesce(array_contains(map_keys(typed), name), false)
                ) as unfit
            from (
                select
                    value,
                    from_json(value, {schema}) as parsed,
                    from_json(to_json(from_json(value, {schema})), 'map<string, string>') as typed
                from {lines}
                where trim(value) <> ''
            )
        )
    )"""


def _pattern_of(glob: str) -> str:
    """A regular expression for a pattern of paths: * ? [a-z] {json,json.gz}."""
    parts, depth, place = [], 0, 0
    while place < len(glob):
        sign = glob[place]
        if sign == "*":
            parts.append("[^/]*")
        elif sign == "?":
            parts.append("[^/]")
        elif sign == "{":
            parts.append("(?:")
            depth += 1
        elif sign == "}" and depth:
            parts.append(")")
            depth -= 1
        elif sign == "," and depth:
            parts.append("|")
        elif sign == "[" and "]" in glob[place:]:
            end = glob.index("]", place)
            parts.append("[" + glob[place + 1 : end].replace("!", "^", 1) + "]")
            place = end
        else:
            parts.append(re.escape(sign))
        place += 1
    return "".join(parts)
