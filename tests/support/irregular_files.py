"""Files that nobody should write, and what must become of each line of them."""

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

from tests.support.duckdb_warehouse import item, sale


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
