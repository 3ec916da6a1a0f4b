"""Files that nobody should write: none breaks a run, and none of their lines goes missing."""

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from tests.support.duckdb_warehouse import STREAMS, Stream, Warehouse, sale
from tests.support.irregular_files import FILES, LONG, line, wrapped


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
    rows = warehouse.rows(
        "select transaction_id, _source_file from silver_pos_deliveries where verdict = 'current'"
    )
    return sorted(id_ for id_, path in rows if path == f"pos/{name}")


def rejected(warehouse: Warehouse, name: str) -> list[str]:
    rows = warehouse.rows(
        "select failed_expectations, _source_file from silver_quarantined_events"
        " where line_number is null"
    )
    return sorted("+".join(names) for names, path in rows if path == f"pos/{name}")


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
            (select count(*) from silver_pos_deliveries where verdict = 'current'),
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
    "pos": {"transaction_type", "original_transaction_id", "updated_at"},
    "ecommerce": {"session_id", "status", "updated_at"},
    "inventory": {"updated_at"},
    "clickstream": {"order_id", "updated_at"},
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
    events = warehouse.rows(
        "select transaction_id, _source_file from silver_pos_deliveries where verdict = 'current'"
    )
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
