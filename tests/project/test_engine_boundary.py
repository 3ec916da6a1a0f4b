"""What only one engine knows stays in `macros/engine/`; all other SQL runs on both.

DuckDB runs the project in tests, so a function that only Databricks lacks would be found in
production. This reads the SQL instead: comments, string literals and Jinja's own code are blanked
out, what is left is searched for names and constructs known to exist on one engine, or to mean
something else on the other.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "macros" / "engine"

DUCKDB_FUNCTIONS = """
    age arg_max arg_min array_length array_to_string datesub ends_with epoch epoch_ms
    epoch_ns epoch_us flatten gen_random_uuid generate_series generate_subscripts
    get_current_timestamp isodow json_extract json_extract_path json_extract_path_text
    json_extract_string json_keys json_quote json_structure json_transform json_transform_strict
    json_type json_valid json_value list list_aggregate list_apply list_concat list_contains
    list_distinct list_extract list_filter list_has_any list_position list_reduce
    list_reverse_sort list_slice list_sort list_transform list_unique list_value list_zip
    quantile_cont quantile_disc read_blob read_csv read_csv_auto read_json read_json_auto
    read_json_objects read_ndjson read_ndjson_auto read_ndjson_objects read_parquet read_text
    regexp_full_match regexp_matches regexp_split_to_array sha256 starts_with str_split
    str_split_regex strftime string_split string_split_regex strlen strpos strptime struct_extract
    struct_insert struct_pack time_bucket today try_strptime unnest
""".split()  # noqa: SIM905

DATABRICKS_FUNCTIONS = """
    array_compact array_except array_join array_size arrays_zip bround charindex cloud_files
    collect_list collect_set crc32 curdate date_format date_from_unix_date dateadd endswith
    explode explode_outer find_in_set forall format_number from_unixtime from_utc_timestamp
    get_json_object iff initcap inline inline_outer is_variant_null isnotnull isnull
    json_object_keys json_tuple locate make_dt_interval make_ym_interval map_filter
    map_from_arrays months_between named_struct next_day nvl nvl2 parse_json percentile posexplode
    posexplode_outer raise_error read_files rlike schema_of_json sequence sha2 size slice space
    stack startswith str_to_map substring_index timestampadd timestampdiff to_char to_csv to_date
    to_unix_timestamp to_utc_timestamp to_varchar transform transform_keys transform_values try_add
    try_divide try_element_at try_multiply try_parse_json try_subtract try_to_date try_to_number
    try_to_timestamp try_url_decode try_variant_get unix_date unix_micros unix_millis unix_seconds
    unix_timestamp variant_get xxhash64 zip_with
""".split()  # noqa: SIM905

# On both engines, with another meaning, default or order of arguments.
UNLIKE_FUNCTIONS = {
    "aggregate": "takes a lambda on Databricks, a function's name on DuckDB",
    "date_add": "days on Databricks, an interval on DuckDB",
    "date_diff": "a bare unit on Databricks, a quoted one on DuckDB",
    "date_sub": "days on Databricks, a difference on DuckDB",
    "datediff": "(end, start) on Databricks, (part, start, end) on DuckDB",
    "dayname": "three letters on Databricks, the whole name on DuckDB",
    "dayofweek": "Sunday is 1 on Databricks, 0 on DuckDB",
    "error": "its result has another type on each engine",
    "from_json": "other arguments on each engine",
    "hash": "other values on each engine",
    "log": "to the base e on Databricks, 10 on DuckDB",
    "make_timestamp": "parts on Databricks, parts or microseconds on DuckDB",
    "monthname": "three letters on Databricks, the whole name on DuckDB",
    "range": "another table function on each engine",
    "regexp_extract": "the first group on Databricks, the whole match on DuckDB, unless told",
    "regexp_replace": "every match on Databricks, the first on DuckDB",
    "split": "by a regular expression on Databricks, by a text on DuckDB",
    "to_json": "spells and leaves out nulls differently",
    "to_timestamp": "parses text on Databricks, takes epoch seconds on DuckDB",
    "try_cast": "takes `2.5`, `1e3` for integers on DuckDB, `epoch` for a timestamp on Databricks",
    "url_decode": "raises for a bad text on Databricks",
    "weekday": "Monday is 0 on Databricks, Sunday is 0 on DuckDB",
}

# The one home of such a function, where the text that it is given has been looked at before.
GUARDED = {
    "macros/contract/values.sql": {"try_cast"},
    "macros/contract/lists.sql": {"try_cast"},
}

CONSTRUCTS = {
    r"::": "the `::` cast: write cast(… as …)",
    r"->>?|\blambda\b": "a lambda or a JSON arrow: each engine has its own",
    r'"': "a double quote: a name on DuckDB, a text on Databricks",
    r"`": "a backtick: a name on Databricks, nothing on DuckDB",
    r"\blateral\s+view\b": "lateral view, on Databricks only",
    r"\bdistinct\s+on\b": "distinct on, on DuckDB only",
    r"\bat\s+time\s+zone\b": "at time zone, on DuckDB only",
    r"\basof\s+join\b": "asof join, on DuckDB only",
    r"\*\s*(exclude|replace)\b": "* exclude / * replace, on DuckDB only",
    r"\*\s*except\b": "* except, on Databricks only",
    r"\bfrom\s+stream\b": "stream, on Databricks only",
    r"\brlike\b": "rlike, on Databricks only",
    r"\bsimilar\s+to\b": "similar to, on DuckDB only",
    r"\bas\s+(hugeint|varchar|json)\b(?!\s*\()": "a type that Databricks lacks",
}

ENGINE_CODE = {
    r"\btarget\s*\.\s*type\b|\badapter\s*\.\s*type\s*\(": "a branch on the engine",
    r"\b(duckdb|databricks|spark)__\w+": "one engine's side of a macro",
    r"\badapter\s*=\s*": "a materialization of one engine",
}

REMEDY = "call a macro of macros/engine/, or add one there with its contract"

JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
QUOTED = re.compile(r"'(?:[^'\\\n]|\\.|'')*'|\"(?:[^\"\\\n]|\\.)*\"")
COMMENT = re.compile(r"\{#.*?#\}|/\*.*?\*/|--[^\n]*", re.DOTALL)
SQL_TEXT = re.compile(r"'(?:[^'\n]|'')*'")
QUOTE_MARK = re.compile(r"['\"]")
FUNCTION = re.compile(r"(?<![\w.])([a-z_]\w*)\s*\(", re.IGNORECASE)


def blanks(text: str) -> str:
    """As many blanks as the text has characters, its line ends kept."""
    return re.sub(r"[^\n]", " ", text)


def without(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: blanks(match[0]), text)


def only(pattern: re.Pattern[str], text: str) -> str:
    kept, end = [], 0
    for match in pattern.finditer(text):
        kept += [blanks(text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*kept, blanks(text[end:])])


def breaches(text: str, guarded: Collection[str] = ()) -> Iterator[tuple[int, str]]:
    """Line number and reason of each thing in a SQL file that one engine does not share."""
    text = without(COMMENT, text)
    sql = without(SQL_TEXT, without(JINJA, text))
    jinja = only(JINJA, text)
    # What a macro is handed in quotes may be SQL, the calls around it are Jinja's.
    handed_over = without(QUOTE_MARK, only(QUOTED, jinja))

    for searched in (sql, handed_over):
        for call in FUNCTION.finditer(searched):
            reason = reason_against(call[1].lower())
            if reason and call[1].lower() not in guarded:
                yield text.count("\n", 0, call.start()) + 1, f"{call[1]}() {reason}"
    for constructs, searched in ((CONSTRUCTS, sql), (ENGINE_CODE, without(QUOTED, jinja))):
        for pattern, reason in constructs.items():
            for match in re.finditer(pattern, searched, re.IGNORECASE):
                yield text.count("\n", 0, match.start()) + 1, reason


def reason_against(function: str) -> str | None:
    if function in DUCKDB_FUNCTIONS:
        return "exists on DuckDB only"
    if function in DATABRICKS_FUNCTIONS:
        return "exists on Databricks only"
    if function in UNLIKE_FUNCTIONS:
        return f"differs: {UNLIKE_FUNCTIONS[function]}"
    return None


def breaches_in_yaml(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """The same for the expressions of a YAML file: all its values but words and unit tests."""
    if isinstance(node, yaml.ScalarNode):
        for number, reason in breaches(node.value):
            yield node.start_mark.line + number, reason
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from breaches_in_yaml(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value not in {"description", "name", "meta", "unit_tests"}:
                yield from breaches_in_yaml(value)


def shared_files() -> list[Path]:
    """Every file of SQL or YAML that both engines run as it stands."""
    folders = ("models", "macros", "analyses", "data_tests")
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*"))]
    return [p for p in files if p.suffix in {".sql", ".yml"} and ENGINE not in p.parents]


def breaches_in_file(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text()
    if path.suffix == ".sql":
        found = breaches(text, GUARDED.get(name, ()))
    else:
        found = breaches_in_yaml(yaml.compose(text))
    for number, reason in found:
        yield f"{name}:{number}: {reason}"


def test_what_is_outside_the_engine_macros_runs_on_both_engines() -> None:
    found = [line for path in shared_files() for line in breaches_in_file(path)]
    assert not found, "\n".join(["", *found, f"Remedy: {REMEDY}."])


def test_a_planted_breach_in_yaml_is_found_on_its_line() -> None:
    planted = """
        models:
          - name: a
            description: explode(items) is said, not run
            data_tests:
              - holds:
                  arguments: {expression: "len(items) > 0 and unnest(items)"}
    """
    assert list(breaches_in_yaml(yaml.compose(planted))) == [(7, "unnest() exists on DuckDB only")]


@pytest.mark.parametrize(
    "sql",
    [
        "select unnest(items) from a",
        "select List_Transform (items, x) from a",
        "select a.amount::int from a",
        "select posexplode(items)",
        "select transform(items, x -> x + 1) from a",
        "select from_json(a.text, b) from a",
        "select to_timestamp(a.text) from a",
        'select "a" from b',
        "select `a` from b",
        "select * exclude (b) from a",
        "select * from stream read_files('x')",
        "select cast(a as varchar) from b",
        "select a at time zone 'UTC' from b",
        "{{ keep_valid('epoch_ms(at) > 0') }}",
        "{% if target.type == 'duckdb' %} select 1 {% endif %}",
        "{% macro duckdb__day(at) %} 1 {% endmacro %}",
        "{% materialization file, adapter='duckdb' %}{% endmaterialization %}",
        "{% set query %} select date_format(at, 'y') {% endset %}",
    ],
)
def test_a_planted_breach_is_found_on_its_line(sql: str) -> None:
    found = list(breaches(f"-- unnest(in a comment)\n\n{sql}\n"))
    assert found
    assert {number for number, _ in found} == {3}


@pytest.mark.parametrize(
    "sql",
    [
        '-- explode(items) :: "quoted" `x`',
        "{# target.type #} /* from_json(a) */ select 1",
        "select 'unnest(a)::b -> \"c\"' as text",
        "select {{ explode(ref(\"a\"), 'items') }} as item",
        "{% macro date_format(at) %} cast(at as date) {% endmacro %}",
        "select a.range, b.sequence, a.qty in (1, 2), coalesce(a.len, 0) from a",
        "select cast(a as decimal(18, 2)), date_trunc('month', at) from b qualify true",
    ],
)
def test_sql_of_both_engines_is_let_through(sql: str) -> None:
    assert list(breaches(sql)) == []


def test_the_lists_are_true_of_duckdb() -> None:
    rows = duckdb.sql("select distinct function_name from duckdb_functions()").fetchall()
    # The last two are syntax in DuckDB: its catalog does not list them.
    known = {name for (name,) in rows} | {"unnest", "try_cast"}
    assert not set(DUCKDB_FUNCTIONS) - known
    assert not set(DATABRICKS_FUNCTIONS) & known
    assert not set(UNLIKE_FUNCTIONS) - known
