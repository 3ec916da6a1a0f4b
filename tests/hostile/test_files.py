"""Files that nobody should write: none breaks a run, and none of their lines goes missing."""

import gzip
import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.duckdb_warehouse import STREAMS, Stream, Warehouse, item, sale


@dataclass(frozen=True)
class File:
    """What a file holds, and what must become of it."""

    content: bytes
    sold: list[str] = field(default_factory=list)
    """Ids that silver must have from this file."""
    rejected: list[str] = field(default_factory=list)
    """The reason of each row that the quarantine must have from this file, at event level."""


def line(transaction_id: str, **fields: Any) -> bytes:
    return json.dumps(sale(transaction_id, **fields)).encode()


def wrapped(transaction_id: str, before: bytes = b"", after: bytes = b"") -> bytes:
    return before + line(transaction_id) + after + b"\n"


DEEP = b'{"deep":' * 500 + b"1" + b"}" * 500
LONG = b"x" * 5_000_000

FILES = {
    "empty.json": File(b""),
    "empty.json.gz": File(gzip.compress(b"")),
    "blank_lines.json": File(b"\n  \n\t\r\n" + line("BLANK") + b"\n\n", ["BLANK"]),
    "not_json.json": File(b"hello\nworld\n", [], ["parsable"] * 2),
    "truncated.json": File(line("T1") + b"\n" + line("T2")[:-20], ["T1"], ["parsable"]),
    "truncated_in_the_middle.json": File(
        line("TM1") + b"\n" + line("TM2")[:30] + b"\n" + line("TM3") + b"\n",
        ["TM1", "TM3"],
        ["parsable"],
    ),
    "one_line_without_newline.json": File(line("NONL"), ["NONL"]),
    "compressed.json.gz": File(gzip.compress(wrapped("GZ1") + wrapped("GZ2")), ["GZ1", "GZ2"]),
    "no_gzip_at_all.json.gz": File(wrapped("NOGZ"), [], ["parsable"]),
    "byte_order_mark.json": File(
        b"\xef\xbb\xbf" + wrapped("BOM1") + wrapped("BOM2"), ["BOM1", "BOM2"]
    ),
    "byte_order_mark.json.gz": File(gzip.compress(b"\xef\xbb\xbf" + wrapped("BOMGZ")), ["BOMGZ"]),
    "only_byte_order_mark.json": File(b"\xef\xbb\xbf"),
    "utf_16.json": File(line("U16").decode().encode("utf-16"), [], ["parsable"]),
    "crlf.json": File(wrapped("CR1", after=b"\r") + wrapped("CR2", after=b"\r"), ["CR1", "CR2"]),
    "old_mac_line_ends.json": File(line("MAC1") + b"\r" + line("MAC2"), [], ["parsable"]),
    "five_megabyte_line.json": File(
        wrapped("BIG1") + line("BIG2")[:-1] + b', "note": "' + LONG + b'"}\n' + wrapped("BIG3"),
        ["BIG1", "BIG2", "BIG3"],
    ),
    "five_megabyte_garbage.json": File(wrapped("BG1") + LONG + b"\n", ["BG1"], ["parsable"]),
    "five_megabyte_text.json": File(line("BT1", payment_method="y" * 5_000_000), ["BT1"]),
    "deep_nesting.json": File(line("DEEP")[:-1] + b', "unknown": ' + DEEP + b"}\n", ["DEEP"]),
    "unknown_fields.json": File(
        line("UNK")[:-1] + b', "a": {"b": [1, {"c": null}]}, "": 1, "a b\\"\'": 2}\n', ["UNK"]
    ),
    "array_on_a_line.json": File(wrapped("ARR", b"[", b"]"), [], ["parsable"]),
    "array_over_lines.json": File(
        b"[\n" + wrapped("AL1", after=b",") + wrapped("AL2") + b"]\n", ["AL2"], ["parsable"] * 3
    ),
    "pretty_printed.json": File(b'{\n  "transaction_id": "PP"\n}\n', [], ["parsable"] * 3),
    "two_objects_on_a_line.json": File(
        line("TWO1") + line("TWO2") + b"\n" + line("TWO3") + b" " + line("TWO4") + b"\n",
        [],
        ["parsable"] * 2,
    ),
    "trailing_text.json": File(
        wrapped("TR1", after=b" x") + wrapped("TR2", after=b"}") + wrapped("TR3", after=b","),
        [],
        ["parsable"] * 3,
    ),
    "leading_text.json": File(wrapped("LT", b"x "), [], ["parsable"]),
    "blanks_around.json": File(wrapped("BL", b" \t ", b" \t "), ["BL"]),
    "scalars.json": File(b'1\n"text"\nnull\ntrue\n-\n', [], ["parsable"] * 5),
    "single_quotes.json": File(b"{'transaction_id': 'SQ'}\n", [], ["parsable"]),
    "comments.json": File(wrapped("CO", b"/* c */") + b"// c\n", [], ["parsable"] * 2),
    "empty_objects.json": File(b"{}\n{ }\n", [], ["has_transaction_id"] * 2),
    "unicode.json": File(
        json.dumps(sale("\u00fc-\u65e5\u672c-\U0001f600"), ensure_ascii=False).encode() + b"\n",
        ["\u00fc-\u65e5\u672c-\U0001f600"],
    ),
    "escapes.json": File(wrapped('E\u00e9\U0001f600\n"'), ['E\u00e9\U0001f600\n"']),
    "line_separators.json": File(
        json.dumps(sale("LS\u2028\u0085\x0b\x0c"), ensure_ascii=False).encode(),
        ["LS\u2028\u0085\x0b\x0c"],
    ),
    "not_utf_8.json": File(
        line("BAD1").replace(b"cash", b"\xff\xfe") + b"\n" + wrapped("U8"), ["U8"], ["parsable"]
    ),
    "latin_1.json": File(line("L1").replace(b"cash", b"caf\xe9") + b"\n", [], ["parsable"]),
    "surrogates_in_utf_8.json": File(
        line("SU").replace(b"cash", b"\xed\xa0\x80") + b"\n", [], ["parsable"]
    ),
    "nul_bytes.json": File(
        wrapped("NUL1") + b"\x00\x00\x00\n" + line("NUL2").replace(b"cash", b"ca\x00sh") + b"\n",
        ["NUL1"],
        ["parsable"] * 2,
    ),
    "wrong_types.json": File(
        b"\n".join(
            [
                line("WT1", store_id=["LOC_001"], register_id={"a": 1}, payment_method=7.5),
                line("WT2", at=20260105),
                line("WT3").replace(b'"WT3"', b"77"),
                line("WT4").replace(b'"WT4"', b"null"),
                line("WT5", items={}),
                line("WT6", items="none"),
                line("WT7", items=0),
                line("WT8", customer_id=True),
                line("WT9", at={"at": "2026-01-05T10:00:00Z"}),
            ]
        ),
        ["WT1", "77", "WT8"],
        ["valid_timestamp", "valid_timestamp", "has_transaction_id"] + ["has_items"] * 3,
    ),
    "garbage_items.json": File(
        b"\n".join(
            [
                line("GI1", items=[1, "a", None, [], {}, [[item()]], {"sku": {"a": 1}}, item()]),
                line("GI2", items=[None]),
                line("GI3", items=[[]]),
                line("GI4", items=[item(qty=[1], price={"a": 1})]),
                line("GI5", items=[item(colour="red", qty_requested=[])]),
            ]
        ),
        ["GI1", "GI2", "GI3", "GI4", "GI5"],
    ),
    # File names.
    "with blank.json": File(wrapped("N1"), ["N1"]),
    "quo'te.json": File(wrapped("N2") + b"x\n", ["N2"], ["parsable"]),
    'double"quote.json': File(wrapped("N3") + b"x\n", ["N3"], ["parsable"]),
    "brack[et].json": File(wrapped("N4") + b"x\n", ["N4"], ["parsable"]),
    "brack[a-z].json": File(wrapped("N5"), ["N5"]),
    "st*r.json": File(wrapped("N6") + b"x\n", ["N6"], ["parsable"]),
    "star.json": File(wrapped("N7"), ["N7"]),
    "que?tion.json": File(wrapped("N8"), ["N8"]),
    "curly{a,b}.json": File(wrapped("N9"), ["N9"]),
    "per%20cent.json": File(wrapped("N10"), ["N10"]),
    "hash#.json": File(wrapped("N11"), ["N11"]),
    "\u00fcn\u00efc\u00f6de.json": File(wrapped("N12"), ["N12"]),
    "semi;colon,comma.json": File(wrapped("N14"), ["N14"]),
    "{{ jinja }}{% x %}.json": File(wrapped("N15") + b"x\n", ["N15"], ["parsable"]),
    "$HOME~.json": File(wrapped("N16"), ["N16"]),
    "..json": File(wrapped("HIDDEN0")),
    "new\nline.json": File(wrapped("N17") + b"x\n", ["N17"], ["parsable"]),
    ".json.gz.json": File(wrapped("HIDDEN1")),
    "_underscore.json": File(wrapped("HIDDEN2")),
    ".dot.json": File(wrapped("HIDDEN3")),
    "other.txt": File(wrapped("HIDDEN4")),
    "other.json.tmp": File(wrapped("HIDDEN5")),
    "other.jsonl": File(wrapped("HIDDEN6")),
}
FILES["twice.json"] = File(wrapped("DUP") + wrapped("DUP") + wrapped("DUP"), ["DUP"])


@pytest.fixture(scope="module")
def hostile_warehouse(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A warehouse that has taken in all of them at once."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("hostile") / "warehouse")
    folder = warehouse.folder / "landing" / "pos"
    folder.mkdir(parents=True)
    for name, file in FILES.items():
        (folder / name).write_bytes(file.content)
    for name in ("a_folder", "named_like_a_file.json", "named_like_a_file.json.gz"):
        (folder / name).mkdir()
        (folder / name / "inside.json").write_bytes(wrapped("HIDDEN7"))
    (folder / "dangling_link.json").symlink_to(folder / "nowhere")
    warehouse.load()
    return warehouse


def sold(warehouse: Warehouse, name: str) -> list[str]:
    rows = warehouse.rows("select transaction_id, _source_file from silver_pos_events")
    return sorted(id_ for id_, path in rows if path == f"landing/pos/{name}")


def rejected(warehouse: Warehouse, name: str) -> list[str]:
    rows = warehouse.rows(
        "select failed_expectations, _source_file from silver_quarantined_events"
        " where line_number is null"
    )
    return sorted("+".join(names) for names, path in rows if path == f"landing/pos/{name}")


@pytest.mark.parametrize("name", [pytest.param(name, id=ascii(name)) for name in FILES])
def test_each_line_of_a_file_is_in_silver_or_in_the_quarantine(
    hostile_warehouse: Warehouse, name: str
) -> None:
    found = (sold(hostile_warehouse, name), rejected(hostile_warehouse, name))
    if name == "empty_objects.json":
        assert found == ([], ["has_items+has_transaction_id+valid_timestamp"] * 2)
    else:
        assert found == (sorted(FILES[name].sold), sorted(FILES[name].rejected))


def test_every_line_that_is_not_blank_is_accounted_for(hostile_warehouse: Warehouse) -> None:
    """Counted from the bytes of the files, whatever they hold."""
    lines = 0
    for name, file in FILES.items():
        if name.startswith(("_", ".")) or not name.endswith((".json", ".json.gz")):
            continue
        content = file.content
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        elif name.endswith(".gz"):
            content = b"one row for the whole file"
        rows = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        lines += sum(1 for row in rows if row.strip(b" \t\r"))
    ((bronze, events, quarantined),) = hostile_warehouse.rows(
        """
        select
            (select count(*) from bronze_pos_transactions),
            (select count(*) from silver_pos_events),
            (select count(*) from silver_quarantined_events where line_number is null)
        """
    )
    redelivered = len(FILES["twice.json"].content.splitlines()) - 1
    assert bronze == lines
    assert events + quarantined + redelivered == lines


def test_what_ingestion_ignores_leaves_no_trace(hostile_warehouse: Warehouse) -> None:
    assert (
        hostile_warehouse.rows(
            "select _source_file from bronze_pos_transactions where transaction_id like 'HIDDEN%'"
        )
        == []
    )


def test_a_line_that_does_not_parse_is_kept_as_it_is(hostile_warehouse: Warehouse) -> None:
    rows = hostile_warehouse.rows(
        "select _source_file, raw_content from silver_quarantined_events"
        " where failed_expectations = ['parsable']"
    )
    found = Counter((Path(path).name, content) for path, content in rows)
    assert found["trailing_text.json", line("TR1").decode() + " x"] == 1
    assert found["five_megabyte_garbage.json", LONG.decode()] == 1
    assert found["latin_1.json", line("L1").decode().replace("cash", "caf\u00e9")] == 1
    assert found["nul_bytes.json", "\x00\x00\x00"] == 1
    assert found["single_quotes.json", "{'transaction_id': 'SQ'}"] == 1


def test_bad_line_items_are_dropped_alone_and_their_positions_stay(
    hostile_warehouse: Warehouse,
) -> None:
    assert hostile_warehouse.rows(
        "select concat(transaction_id, '-', line_number) from silver_transactions_unified"
        " where transaction_id like 'GI%' order by all"
    ) == [("GI1-8",), ("GI5-1",)]
    rows = hostile_warehouse.rows(
        "select event_id, line_number, failed_expectations from silver_quarantined_events"
        " where event_id like 'GI%' order by 1, 2"
    )
    everything = ["has_sku", "valid_price", "valid_quantity"]
    assert rows == [
        *[("GI1", number, everything) for number in range(1, 7)],
        ("GI1", 7, everything[1:]),
        ("GI2", 1, everything),
        ("GI3", 1, everything),
        ("GI4", 1, everything[1:]),
    ]


def test_unknown_fields_are_rescued(hostile_warehouse: Warehouse) -> None:
    ((rescued,),) = hostile_warehouse.rows(
        "select _rescued_data from bronze_pos_transactions where transaction_id = 'UNK'"
    )
    assert json.loads(rescued) == {"a": {"b": [1, {"c": None}]}, "": 1, "a b\"'": 2}


def test_a_second_run_finds_nothing_new(hostile_warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse = hostile_warehouse.copy(tmp_path / "warehouse")
    before = warehouse.tables(without=())
    warehouse.load()
    assert warehouse.tables(without=()) == before


@pytest.mark.parametrize("kept_bytes", [0.3, 0.999], ids=["cut early", "cut late"])
def test_a_damaged_compressed_file_gives_its_sound_lines_and_itself(
    warehouse: Warehouse, kept_bytes: float
) -> None:
    content = b"".join(wrapped(f"D{n}", b" " * int.from_bytes(os.urandom(1))) for n in range(3000))
    compressed = gzip.compress(content)
    warehouse.land("sound.json", [sale("SOUND")])
    path = warehouse.folder / "landing" / "pos" / "damaged.json.gz"
    path.write_bytes(compressed[: int(len(compressed) * kept_bytes)])
    warehouse.load()
    assert rejected(warehouse, "damaged.json.gz") == ["parsable"]
    assert sold(warehouse, "sound.json") == ["SOUND"]
    ids = {int(id_[1:]) for id_ in sold(warehouse, "damaged.json.gz")}
    assert ids == set(range(len(ids)))  # all up to the damage
    assert len(ids) > 3000 * kept_bytes * 0.8


@pytest.fixture(scope="module")
def hostile_streams(
    prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A warehouse that has taken in odd lines of all streams at once, by several threads."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("streams") / "warehouse")
    for stream in STREAMS.values():
        warehouse.land("odd.json", odd_lines(stream), stream.source)
        warehouse.land("odd.json.gz", odd_lines(stream), stream.source)  # all of it again
    warehouse.load("--threads", "4")
    return warehouse


def odd_lines(stream: Stream) -> bytes:
    """Two sound lines, one with an unknown field; a torn one, one that is no UTF-8, and {}."""
    sound = [json.dumps(stream.make(id_)).encode() for id_ in ("A", "B")]
    unknown = sound[1][:-1] + b', "of_stream": "' + stream.source.encode() + b'"}'
    garbage = stream.source.encode() + b" \xff"
    return b"\n".join([sound[0], unknown, sound[0][:-1], garbage, b"{}"])


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_each_stream_keeps_its_own_odd_lines(hostile_streams: Warehouse, stream: Stream) -> None:
    assert hostile_streams.rows(f"select {stream.id} from {stream.silver} order by 1") == [
        ("A",),
        ("B",),
    ]
    assert hostile_streams.rows(
        f"select distinct _rescued_data from {stream.bronze} where _rescued_data is not null"
    ) == [(f'{{"of_stream":"{stream.source}"}}',)]
    rejected = hostile_streams.rows(
        "select array_to_string(failed_expectations, ' '), raw_content"
        f" from silver_quarantined_events where source = '{stream.source}'"
    )
    torn = json.dumps(stream.make("A"))[:-1]
    assert Counter(row for row in rejected if row[0] == "parsable") == {
        ("parsable", torn): 2,
        ("parsable", f"{stream.source} \xff"): 2,
    }
    ((reasons, content),) = {row for row in rejected if row[0] != "parsable"}
    assert f"has_{stream.id}" in reasons
    assert set(json.loads(content)) == set(stream.make("A")) | OPTIONAL_FIELDS[stream.source]


OPTIONAL_FIELDS = {
    "pos": {"transaction_type", "original_transaction_id"},
    "ecommerce": {"session_id"},
    "inventory": set(),
    "clickstream": {"order_id"},
}
"""The fields of the contract that no event of the tests has unless it is told so."""


DOUBTFUL = {
    "escaped_nul": rb"\u0000",
    "half_of_a_surrogate_pair": rb"\ud800",
    "surrogate_pair_in_the_wrong_order": rb"\udc00\ud800",
    "unknown_escape": rb"\x41",
    "raw_tab": b"\t",
    "delete_character": b"\x7f",
    "repeated_key": b'", "store_id": "LOC_009',
    "repeated_unknown_key": b'", "x": 1, "x": "2',
    "not_a_number": b'", "register_id": NaN, "x": "',
    "many_digits": b'", "register_id": 123456789012345678901234567890, "x": "',
    "beyond_all_bounds": b'", "x": 1e999, "y": "',
    "two_commas": b'", "x": "",, "y": "',
}
"""By name, what is put into a text of a sound line, at its top level and in a line item."""


def test_a_doubtful_line_is_taken_or_quarantined_but_never_lost(warehouse: Warehouse) -> None:
    for name, text in DOUBTFUL.items():
        for place in (b"cash", b"SKU_000001"):
            sound = line(f"{name}_{place.decode()}")
            doubtful = sound.replace(place, place + text)
            assert doubtful != sound
            warehouse.land(f"{name}_{place.decode()}.json", doubtful + b"\n" + wrapped(name))
    warehouse.load()
    events = warehouse.rows("select transaction_id, _source_file from silver_pos_events")
    assert {id_ for id_, _ in events} >= DOUBTFUL.keys()
    taken = {Path(path).stem for id_, path in events if id_ not in DOUBTFUL}
    refused = {
        Path(path).stem
        for (path,) in warehouse.rows(
            "select _source_file from silver_quarantined_events where line_number is null"
        )
    }
    assert taken.isdisjoint(refused)
    assert len(taken | refused) == 2 * len(DOUBTFUL)
