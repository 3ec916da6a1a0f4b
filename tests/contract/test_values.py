"""Each rule of the contract about values, by files that go through bronze and silver."""

import json
import random
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote_plus

import pytest

from tests.support.duckdb_warehouse import (
    ANY_FUTURE,
    Event,
    Warehouse,
    click,
    item,
    movement,
    order,
    sale,
)
from tests.support.oracle.contract_values import (
    to_cents,
    typed_amount,
    typed_integer,
    typed_text,
    typed_timestamp,
    typed_unit_amount,
    typed_word,
)
from tests.support.oracle.events import Order, Sale

MISSING = None

# JSON as it stands in a file → the value it has.
INTEGERS = [
    ("2", 2),
    ('"2"', 2),
    ('" 2 "', 2),
    ('"+2"', 2),
    ("-2", -2),
    ('"-2"', -2),
    ('"007"', 7),
    ("0", 0),
    ("1000000", 1_000_000),
    ("-1000000", -1_000_000),
    ("1000001", MISSING),
    ("-1000001", MISSING),
    ('"99999999999999999999"', MISSING),
    ("2.0", MISSING),
    ('"2.0"', MISSING),
    ("2.5", MISSING),
    ("1e3", MISSING),
    ('"1e3"', MISSING),
    ('"1_000"', MISSING),
    ('"1,000"', MISSING),
    ('"0x10"', MISSING),
    ('"- 2"', MISSING),
    ('"+"', MISSING),
    ('"two"', MISSING),
    ('"\u0662"', MISSING),  # an Arabic digit
    ('"\uff12"', MISSING),  # a wide digit
    ('"2\\n"', MISSING),  # a line break is no blank
    ('"\\t2"', MISSING),
    ('"\u00a02"', MISSING),
    ("true", MISSING),
    ("null", MISSING),
    ('""', MISSING),
    ('" "', MISSING),
    ("[2]", MISSING),
    ('{"qty": 2}', MISSING),
]

AMOUNTS = [
    ("10", "10.00"),
    ("10.5", "10.50"),
    ('"10.50"', "10.50"),
    ('" 10.5 "', "10.50"),
    ('"+1.25"', "1.25"),
    ('".5"', "0.50"),
    ('"5."', "5.00"),
    ("1e3", "1000.00"),
    ('"1E+3"', "1000.00"),
    ('"1.5e-1"', "0.15"),
    ("0.005", "0.01"),
    ("-0.005", "-0.01"),
    ("1.005", "1.01"),  # 1.00 as a binary float
    ("2.675", "2.68"),
    ("10.004999", "10.00"),
    ('"1.00499999999999999999"', "1.00"),
    ('"4.5e-3"', "0.00"),
    ('"5e-3"', "0.01"),
    ('"45e-4"', "0.00"),
    ('"1549e-5"', "0.02"),
    ('"0.00000000000000000000000001"', "0.00"),
    ("-0", "0.00"),
    ("1.7955", "1.80"),
    ("0.0000005", "0.00"),
    ("-0.0000005", "0.00"),
    ('"0.00000049999999999999999999"', "0.00"),
    ("-0.0000004", "0.00"),
    ("12.3456785", "12.35"),
    ("-12.34", "-12.34"),
    ("999999999.99", "999999999.99"),
    ('"-999999999.99"', "-999999999.99"),
    ("999999999.994999", "999999999.99"),
    ("999999999.995", "1000000000.00"),  # the limit is that of the value before it is rounded
    ("-999999999.995", "-1000000000.00"),
    ('"999999999.9999999"', "1000000000.00"),
    ("1000000000", MISSING),
    ("-1000000000", MISSING),
    ('"1e9"', MISSING),
    ('"1e400"', MISSING),
    ('"99999999999999999999999999"', MISSING),
    ('"1,000.00"', MISSING),
    ('"1_000"', MISSING),
    ('"10,50"', MISSING),
    ('"$10"', MISSING),
    ('"10 USD"', MISSING),
    ('"1 0"', MISSING),
    ('"--1"', MISSING),
    ('"."', MISSING),
    ('"e3"', MISSING),
    ('"1e"', MISSING),
    ('"1e1.5"', MISSING),
    ('"0x1p3"', MISSING),
    ('"NaN"', MISSING),
    ('"Infinity"', MISSING),
    ('"\u0661.5"', MISSING),
    ('"1\uff0e5"', MISSING),
    ('"1.5\\n"', MISSING),
    ("true", MISSING),
    ("null", MISSING),
    ('""', MISSING),
    ("[1.5]", MISSING),
]

FINER: dict[str, str | None] = {
    "0.005": "0.005",
    "-0.005": "-0.005",
    "1.005": "1.005",
    "2.675": "2.675",
    "10.004999": "10.004999",
    '"1.00499999999999999999"': "1.005",
    '"4.5e-3"': "0.0045",
    '"5e-3"': "0.005",
    '"45e-4"': "0.0045",
    '"1549e-5"': "0.01549",
    "1.7955": "1.7955",
    "0.0000005": "0.000001",
    "-0.0000005": "-0.000001",
    "12.3456785": "12.345679",
    "999999999.994999": "999999999.994999",
    "999999999.995": "999999999.995",
    "-999999999.995": "-999999999.995",
    '"999999999.9999999"': "1000000000",
}
UNIT_AMOUNTS = [(token, FINER.get(token, text)) for token, text in AMOUNTS]
"""The same as the price or discount of a line item, which have six decimals."""

TIMESTAMPS = [
    ("2026-01-05T10:00:00Z", "2026-01-05T10:00:00"),
    ("2026-01-05 10:00:00", "2026-01-05T10:00:00"),
    ("2026-01-05T10:00", "2026-01-05T10:00:00"),
    ("2026-01-05T10:00Z", "2026-01-05T10:00:00"),
    ("2026-01-05T10:00+01:00", "2026-01-05T09:00:00"),
    (" 2026-01-05T10:00:00Z ", "2026-01-05T10:00:00"),
    ("2026-01-05T10:00:00.5", "2026-01-05T10:00:00.500000"),
    ("2026-01-05T10:00:00.123456Z", "2026-01-05T10:00:00.123456"),
    ("2026-01-05T10:00:00.1234569Z", "2026-01-05T10:00:00.123456"),  # cut, not rounded
    ("2026-01-05T23:59:59.9999999Z", "2026-01-05T23:59:59.999999"),
    ("2026-01-05T10:00:00.123456789123456789Z", "2026-01-05T10:00:00.123456"),
    ("2026-01-05T10:00:00.9999999", "2026-01-05T10:00:00.999999"),
    ("2026-01-05T10:00:00.1234569+05:30", "2026-01-05T04:30:00.123456"),
    ("2026-01-05T10:00:00+05:30", "2026-01-05T04:30:00"),
    ("2026-01-05T10:00:00+0530", "2026-01-05T04:30:00"),
    ("2026-01-05T23:00:00-08:00", "2026-01-06T07:00:00"),
    ("2026-01-01T00:30:00+14:00", "2025-12-31T10:30:00"),
    ("2026-01-01T00:30:00-00:00", "2026-01-01T00:30:00"),
    ("2026-03-29T02:30:00", "2026-03-29T02:30:00"),  # an hour that some time zones leave out
    ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00"),
    ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00"),
    ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59"),
    ("2025-02-29T12:00:00Z", MISSING),
    ("2026-04-31T12:00:00Z", MISSING),
    ("2026-13-01T00:00:00Z", MISSING),
    ("2026-00-10T00:00:00Z", MISSING),
    ("2026-01-00T00:00:00Z", MISSING),
    ("2026-01-05T24:00:00Z", MISSING),
    ("2026-01-05T10:60:00Z", MISSING),
    ("2026-01-05T10:00:60Z", MISSING),
    ("1899-12-31T23:59:59Z", MISSING),
    ("10000-01-01T00:00:00Z", MISSING),
    ("0026-01-05T10:00:00Z", MISSING),
    ("2026-01-05", MISSING),
    ("2026-01-05Z", MISSING),
    ("2026-01-05T10", MISSING),
    ("2026-1-5T10:00:00Z", MISSING),
    ("2026-01-05t10:00:00z", MISSING),
    ("2026-01-05T10:00:00 Z", MISSING),
    ("2026-01-05  10:00:00", MISSING),
    ("2026-01-05T10:00:00.Z", MISSING),
    ("2026-01-05T10:00:00,5Z", MISSING),
    ("2026-01-05T10:00:00+5", MISSING),
    ("2026-01-05T10:00:00+05", MISSING),
    ("2026-01-05T10:00:00+05:3", MISSING),
    ("2026-01-05T10:00:00+24:00", MISSING),
    ("2026-01-05T10:00:00+01:60", MISSING),
    ("2026-01-05T10:00:00 UTC", MISSING),
    ("2026-01-05T10:00:00[UTC]", MISSING),
    ("2026-01-05T10:00:00Europe/Paris", MISSING),
    ("Mon, 05 Jan 2026 10:00:00 GMT", MISSING),
    ("05/01/2026 10:00", MISSING),
    ("20260105T100000Z", MISSING),
    ("1767607200", MISSING),
    ("epoch", MISSING),
    ("infinity", MISSING),
    ("now", MISSING),
    ("today", MISSING),
    ("\u0662\u0660\u0662\u0666-01-05T10:00:00Z", MISSING),
    ("2026-01-05T10:00:00Z\n", MISSING),
    ("\t2026-01-05T10:00:00Z", MISSING),
    ("", MISSING),
    ("9999-12-31T23:59:59-00:01", MISSING),  # in the year 10000
]

TEXTS = [
    ('"cash"', "cash"),
    ('"  cash "', "cash"),
    ('"gift card"', "gift card"),
    ('"Cash"', "Cash"),
    ('"\u00fc\u65e5\u672c\U0001f600"', "\u00fc\u65e5\u672c\U0001f600"),
    ('"\\u00fc\\ud83d\\ude00"', "\u00fc\U0001f600"),
    ('"a\\"b\\\\c\\/d"', 'a"b\\c/d'),
    ('"a\\nb\\tc"', "a\nb\tc"),
    ('"\\tcash\\n"', "\tcash\n"),  # only U+0020 is trimmed
    ('"\u00a0cash"', "\u00a0cash"),
    ('"a|b"', "a|b"),
    ('"O\'Brien; drop table x --"', "O'Brien; drop table x --"),
    ('"{{ 1 / 0 }}"', "{{ 1 / 0 }}"),
    ('"null"', "null"),
    ('"NULL"', "NULL"),
    ("7", "7"),
    ("true", "true"),
    ("null", MISSING),
    ('""', MISSING),
    ('"   "', MISSING),
]

STATES = [
    ('{"state": "NY"}', "NY"),
    ('{"zip": "10001", "state": " NY ", "planet": {"name": "Earth"}}', "NY"),
    ('{"state": 7}', "7"),
    ('{"state": true}', "true"),
    ('{"state": ["NY", 1]}', '["NY",1]'),
    ('{"state": {"code": "NY"}}', '{"code":"NY"}'),
    ('{"state": "\\u00fc\\ud83d\\ude00\\"{}"}', '\u00fc\U0001f600"{}'),
    ('"{\\"state\\": \\"NY\\"}"', "NY"),  # a text that holds an object is read as that object
    ('{"state": null}', MISSING),
    ('{"state": " "}', MISSING),
    ('{"State": "NY"}', MISSING),
    ("{}", MISSING),
    ("null", MISSING),
    ('""', MISSING),
    ('"NY"', MISSING),
    ("7", MISSING),
    ("true", MISSING),
    ('["NY"]', MISSING),
    ('[{"state": "NY"}]', MISSING),
    ('"{"', MISSING),
    ('"{\\"state\\": \\"NY\\""', MISSING),
    ('"{\\"state\\": \\"NY\\"} {}"', MISSING),
    ('"{\\"state\\": \\"NY\\"}}"', MISSING),
    ('"{\\"state\\": \\"NY\\"}, {}"', MISSING),
    ('"{\\"state\\": \\"NY\\"}, \\"x\\": {}"', MISSING),
    ('"{\\"state\\": \\"NY\\"}], [{}"', MISSING),
    ('" {\\"state\\": \\"NY\\"}"', MISSING),
    ("\"{'state': 'NY'}\"", MISSING),
]
"""Of a shipping address."""

MOVEMENT_TYPES = [
    ('"receipt"', "receipt"),
    ('"RECEIPT"', "receipt"),
    ('" Transfer_In "', "transfer_in"),
    ('"transfer_OUT"', "transfer_out"),
    ('"Sale"', "sale"),
    ('"reTURN"', "return"),
    ('"ADJUSTMENT"', "adjustment"),
    ('"transfer in"', MISSING),
    ('"transfer"', MISSING),
    ('"receipts"', MISSING),
    ('"RECE\u0130PT"', MISSING),  # in some languages the capital of i
    ('"\u017fale"', MISSING),  # its capital is S
    ('"sale\\n"', MISSING),
    ('["sale"]', MISSING),
    ("7", MISSING),
    ("null", MISSING),
]


TRANSACTION_TYPES = [
    ('"sale"', "sale"),
    ('"SALE"', "sale"),
    ('" Sale "', "sale"),
    ('"return"', "return"),
    ('"reTURN"', "return"),
    ("null", "sale"),
    ('""', "sale"),
    ('" "', "sale"),
    ('"void"', MISSING),
    ('"VOID"', MISSING),
    ('"refund"', MISSING),
    ('"sales"', MISSING),
    ('"\u017fale"', MISSING),  # its capital is S
    ('"sale\\n"', MISSING),
    ('["sale"]', MISSING),
    ("7", MISSING),
    ("true", MISSING),
]
"""Anything but a sale and a return is quarantined."""

STATUSES = [
    ('"placed"', "placed"),
    ('"Shipped"', "shipped"),
    ('"cancelled"', "cancelled"),
    ('" CANCELLED "', "cancelled"),
    ('"canceled"', "cancelled"),
    ('"Canceled"', "cancelled"),
    ('"lost"', "lost"),
    ('"cancelled\\n"', "cancelled\n"),
    ("7", "7"),
    ("null", MISSING),
    ('""', MISSING),
]
"""Of an order, as it is typed."""


def as_text(token: str) -> str | None:
    """The text of a JSON value as bronze has it, for a scalar."""
    value = json.loads(token, parse_float=str, parse_int=str)
    if isinstance(value, str) or value is None:
        return value
    return token


def spelled(event: Event | str, **tokens: str) -> str:
    """An event, or a sale by its id, as a line; some of its fields spelled out in JSON."""
    marks = {name: f"@{name}@" for name in tokens}
    line = json.dumps((sale(event) if isinstance(event, str) else event) | marks)
    for name, token in tokens.items():
        line = line.replace(json.dumps(marks[name]), token)
    return line


def priced(token: str) -> str:
    """Two line items: one has the value for its price, the other for its discount."""
    first = f'{{"sku": "S", "qty": 1, "price": {token}}}'
    second = f'{{"sku": "S", "qty": 1, "price": 1, "discount": {token}}}'
    return f"[{first}, {second}]"


PRICE_AND_DISCOUNT = """
    select
        transaction_id,
        (
            max(unit_price) filter (where line_number = 1),
            max(unit_discount) filter (where line_number = 2)
        )
    from silver_transactions_unified
    group by transaction_id
"""


def expected_price_and_discount(amount: Decimal | None) -> tuple[Decimal | None, Decimal]:
    price = amount if amount is not None and amount >= 0 else None  # the line item is dropped
    return price, amount or Decimal(0)


def random_urls() -> list[str]:
    rng = random.Random(1)
    parts = ["?", "&", "#", "q=", "q=", "q", "=", "+", " ", "%", "%4", "%41", "%20", "%2B", "%26"]
    parts += ["%25", "%C3", "%A4", "%c3%a4", "%E2%82%AC", "%FF", "%ED%A0%80", "%F0%9F%98%80", "a"]
    parts += ["%EF%BF%BD", "\ufffd", "\u00e4", "\U0001f600", "/", "|", "\n", "%0A", "%+1", "%-1"]
    return sorted(
        {
            rng.choice(["/s?q=", "/?a=1&q=", ""]) + "".join(rng.choices(parts, k=rng.randint(0, 6)))
            for _ in range(1500)
        }
    )


URLS = random_urls()


def numbered(prefix: str, values: Sequence[Any]) -> list[tuple[str, Any]]:
    """Values, each with the id of the event that has it."""
    return [(f"{prefix}{number}", value) for number, value in enumerate(values)]


def tokens(prefix: str, cases: Sequence[tuple[str, Any]]) -> list[tuple[str, str]]:
    """What stands in the file for each case, with the id of the event that has it."""
    return numbered(prefix, [token for token, _ in cases])


BARE = {
    "transaction_id": "BARE",
    "timestamp": "2026-01-05T10:00:00Z",
    "items": [{"sku": "SKU_000001", "qty": 2, "price": 5}],
}
SHOPPER = "CUST_00000002"


@pytest.fixture(scope="module")
def loaded(prepared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse with a file for each kind of value; only to be read."""
    warehouse = prepared_warehouse.copy(tmp_path_factory.mktemp("values") / "warehouse")
    files = {
        "pos/integers": [spelled(id_, register_id=token) for id_, token in tokens("I", INTEGERS)],
        "pos/amounts": [
            spelled(id_, items=priced(token)) for id_, token in tokens("A", UNIT_AMOUNTS)
        ],
        "pos/timestamps": [json.dumps(sale(id_, at=text)) for id_, text in tokens("T", TIMESTAMPS)],
        "pos/updates": [
            json.dumps(sale(id_, updated_at=text)) for id_, text in tokens("U", TIMESTAMPS)
        ],
        "pos/types": [
            spelled(id_, transaction_type=token) for id_, token in tokens("V", TRANSACTION_TYPES)
        ],
        "pos/number": [spelled("NUMBER", timestamp="1767607200")],
        "pos/defaults": [
            json.dumps(BARE),
            json.dumps(sale("SPELLED", items=[item(discount=-1)], transaction_type="SALE")),
        ],
        "pos/segment": [json.dumps(sale("SEGMENT", customer_segment=" ", customer_id=SHOPPER))],
        "pos/texts": [spelled(id_, payment_method=token) for id_, token in tokens("P", TEXTS)],
        "ecommerce/states": [
            spelled(order(id_), shipping_address=token) for id_, token in tokens("S", STATES)
        ],
        "ecommerce/statuses": [
            spelled(order(id_), status=token) for id_, token in tokens("C", STATUSES)
        ],
        "inventory/amounts": [
            spelled(movement(id_), cost_per_unit=token) for id_, token in tokens("A", AMOUNTS)
        ],
        "inventory/types": [
            spelled(movement(id_), movement_type=token)
            for id_, token in tokens("M", MOVEMENT_TYPES)
        ],
        "clickstream/urls": [
            json.dumps(click(id_, "search", page_url=url)) for id_, url in numbered("U", URLS)
        ],
    }
    for name, lines in files.items():
        source, kind = name.split("/")
        warehouse.land(f"{kind}.json", lines, source)
    warehouse.load(variables=ANY_FUTURE)
    return warehouse


def found(warehouse: Warehouse, query: str, cases: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What a query of ids and values says of each case, by what stands in the file."""
    values = dict(warehouse.rows(query))
    return {token: values[id_] for id_, token in cases}


def test_integers(loaded: Warehouse) -> None:
    query = "select transaction_id, register_id from silver_pos_deliveries"
    assert found(loaded, query, tokens("I", INTEGERS)) == dict(INTEGERS)


def test_amounts(loaded: Warehouse) -> None:
    query = "select movement_id, cost_per_unit from silver_inventory_deliveries"
    assert found(loaded, query, tokens("A", AMOUNTS)) == decimals(AMOUNTS)


def test_unit_amounts(loaded: Warehouse) -> None:
    assert found(loaded, PRICE_AND_DISCOUNT, tokens("A", UNIT_AMOUNTS)) == {
        token: expected_price_and_discount(amount)
        for token, amount in decimals(UNIT_AMOUNTS).items()
    }


def test_the_price_of_a_unit_is_rounded_to_cents_in_gold(loaded: Warehouse) -> None:
    query = "select transaction_id, unit_price from gold_sales_fact where line_number = 1"
    prices = {
        token: to_cents(price)
        for token, price in decimals(UNIT_AMOUNTS).items()
        if price is not None and price >= 0
    }
    cases = [(id_, token) for id_, token in tokens("A", UNIT_AMOUNTS) if token in prices]
    assert found(loaded, query, cases) == prices


def decimals(cases: Sequence[tuple[str, str | None]]) -> dict[str, Decimal | None]:
    return {token: Decimal(text) if text else None for token, text in cases}


def test_timestamps(loaded: Warehouse) -> None:
    query = "select transaction_id, event_at from silver_pos_deliveries"
    assert found(loaded, query, tokens("T", TIMESTAMPS)) == {
        text: value and datetime.fromisoformat(value) for text, value in TIMESTAMPS
    }


def test_an_unusable_updated_at_counts_as_missing(loaded: Warehouse) -> None:
    query = "select transaction_id, updated_at from silver_pos_deliveries"
    assert found(loaded, query, tokens("U", TIMESTAMPS)) == {
        text: value and datetime.fromisoformat(value) for text, value in TIMESTAMPS
    }
    sold = loaded.rows("select count(*) from gold_sales_fact where transaction_id like 'U%'")
    assert sold == [(len(TIMESTAMPS),)]


def test_types_of_transactions(loaded: Warehouse) -> None:
    is_return: dict[str, bool] = dict(
        loaded.rows("select transaction_id, is_return from gold_sales_fact")
    )
    cases = tokens("V", TRANSACTION_TYPES)
    assert {token: is_return[id_] for id_, token in cases if id_ in is_return} == {
        token: value == "return" for token, value in TRANSACTION_TYPES if value
    }
    assert loaded.rows(
        "select failed_expectations, count(*) from silver_quarantined_events"
        " where _source_file = 'pos/types.json' group by 1"
    ) == [(["valid_transaction_type"], sum(value is None for _, value in TRANSACTION_TYPES))]


def test_statuses_of_orders(loaded: Warehouse) -> None:
    query = "select order_id, order_status from silver_ecommerce_deliveries"
    assert found(loaded, query, tokens("C", STATUSES)) == dict(STATUSES)


def test_a_timestamp_that_is_a_json_number_is_unusable(loaded: Warehouse) -> None:
    assert loaded.rows(
        "select event_id, line_number, failed_expectations from silver_quarantined_events"
        " where _source_file like '%/number.json'"
    ) == [("NUMBER", None, ["valid_timestamp"])]


def test_texts(loaded: Warehouse) -> None:
    query = "select transaction_id, payment_method from silver_pos_deliveries"
    assert found(loaded, query, tokens("P", TEXTS)) == dict(TEXTS)


def test_fields_of_nested_objects(loaded: Warehouse) -> None:
    query = "select order_id, ship_to_state from silver_ecommerce_unified"
    assert found(loaded, query, tokens("S", STATES)) == dict(STATES)


def test_types_of_movements(loaded: Warehouse) -> None:
    types = dict(loaded.rows("select movement_id, movement_type from gold_inventory_movement_fact"))
    cases = tokens("M", MOVEMENT_TYPES)
    assert {token: types[id_] for id_, token in cases if id_ in types} == {
        token: value for token, value in MOVEMENT_TYPES if value
    }
    assert loaded.rows(
        "select distinct failed_expectations from silver_quarantined_events"
        " where source = 'inventory'"
    ) == [(["valid_movement_type"],)]


def search_term(url: str) -> str | None:
    """The contract's words in plain Python."""
    query = re.fullmatch(r"[^?#]*\?([^#]*)(#.*)?", url, re.DOTALL)
    texts = [part[2:] for part in (query[1] if query else "").split("&") if part.startswith("q=")]
    if not texts:
        return None
    try:
        if re.search("%(?![0-9A-Fa-f]{2})", texts[0]):
            raise ValueError
        text = unquote_plus(texts[0], errors="strict")
    except ValueError:
        text = texts[0]
    return text.strip(" ") or None


def test_search_terms_of_random_urls_are_what_plain_python_decodes(loaded: Warehouse) -> None:
    query = "select event_id, search_term from gold_customer_event_fact"
    expected = {url: search_term(url.strip(" ")) for url in URLS}
    assert found(loaded, query, numbered("U", URLS)) == expected
    assert len(set(expected.values())) > 500


def test_the_oracle_in_python_knows_the_same_values() -> None:
    for token, integer in INTEGERS:
        assert typed_integer(as_text(token)) == integer, token
    for token, amount in AMOUNTS:
        assert typed_amount(as_text(token)) == (Decimal(amount) if amount else None), token
    for token, amount in UNIT_AMOUNTS:
        assert typed_unit_amount(as_text(token)) == (Decimal(amount) if amount else None), token
    for token, word in MOVEMENT_TYPES:
        assert word is None or typed_word(as_text(token)) == word, token
    for token, word in TRANSACTION_TYPES:
        transaction = Sale.read(json.loads(spelled("V", transaction_type=token)))
        assert (transaction and (transaction.transaction_type or "sale")) == word, token
    for token, status in STATUSES:
        ordered = Order.read(json.loads(spelled(order("C"), status=token)))
        assert ordered and ordered.status == status, token
    for text, timestamp in TIMESTAMPS:
        assert typed_timestamp(text) == (timestamp and datetime.fromisoformat(timestamp)), text
    for token, text in TEXTS:
        assert typed_text(as_text(token)) == text, token


def random_texts(rng: random.Random, alphabet: str, longest: int, count: int) -> list[str]:
    texts = {"".join(rng.choices(alphabet, k=rng.randint(1, longest))) for _ in range(count)}
    return sorted(texts)


def mutated(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text))
    return text[:place] + rng.choice(["", "0", "9", "-", ":", ".", "Z", " "]) + text[place + 1 :]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_random_values_are_what_plain_python_makes_of_them(warehouse: Warehouse, seed: int) -> None:
    rng = random.Random(seed)
    integers = random_texts(rng, "0123456789+- .", 8, 500)
    amounts = random_texts(rng, "0123456789995555..+-eE ", 9, 1500)
    costs = random_texts(rng, "0123456789995555..+-eE ", 9, 500)
    sound = [text for text, value in TIMESTAMPS if value]
    timestamps = sorted({mutated(rng, rng.choice(sound)) for _ in range(700)})
    warehouse.land(
        "values.json",
        [json.dumps(sale(f"I{n}", register_id=text)) for n, text in enumerate(integers)]
        + [spelled(f"A{n}", items=priced(json.dumps(text))) for n, text in enumerate(amounts)]
        + [json.dumps(sale(f"T{n}", at=text)) for n, text in enumerate(timestamps)],
    )
    warehouse.land(
        "values.json",
        [json.dumps(movement(f"C{n}", cost_per_unit=text)) for n, text in enumerate(costs)],
        "inventory",
    )
    warehouse.load(variables=ANY_FUTURE)

    query = "select transaction_id, register_id from silver_pos_deliveries"
    expected = {text: typed_integer(text) for text in integers}
    assert found(warehouse, query, numbered("I", integers)) == expected
    assert len(set(expected.values())) > 10

    query = "select movement_id, cost_per_unit from silver_inventory_deliveries"
    expected_costs = {text: typed_amount(text) for text in costs}
    assert found(warehouse, query, numbered("C", costs)) == expected_costs
    assert len(set(expected_costs.values())) > 50

    expected_pairs = {
        text: expected_price_and_discount(typed_unit_amount(text)) for text in amounts
    }
    assert found(warehouse, PRICE_AND_DISCOUNT, numbered("A", amounts)) == expected_pairs
    assert len(set(expected_pairs.values())) > 100

    query = "select transaction_id, event_at from silver_pos_deliveries"
    expected_instants = {text: typed_timestamp(text) for text in timestamps}
    assert found(warehouse, query, numbered("T", timestamps)) == expected_instants
    assert len(set(expected_instants.values())) > 50


def test_defaults_of_missing_values(loaded: Warehouse) -> None:
    assert loaded.rows(
        """
        select
            unit_discount, discount_type, channel_code, quantity_requested, customer_segment,
            transaction_type, is_return
        from silver_transactions_unified
        where transaction_id in ('BARE', 'SPELLED')
        order by transaction_id
        """
    ) == [
        (Decimal("0.00"), "none", "STORE_POS", 2, "regular", "sale", False),
        (Decimal("-1.00"), "none", "STORE_POS", 1, "regular", "sale", False),
    ]
    assert loaded.rows(
        """
        select
            pos_terminal_id, sales_associate_id, payment_method, customer_key, location_key,
            quantity_requested, is_inventory_constrained, tax_amount
        from gold_sales_fact where transaction_id = 'BARE'
        """
    ) == [("unknown-REG-unknown", "unknown", "unknown", -2, -1, 2, False, Decimal("0.70"))]


def test_a_missing_segment_comes_from_the_customer_dimension(loaded: Warehouse) -> None:
    (segment,) = loaded.rows(
        f"select segment from gold_customer_dim where customer_id = '{SHOPPER}'"
    )
    assert loaded.rows(
        "select customer_segment from silver_transactions_unified where transaction_id = 'SEGMENT'"
    ) == [segment]
    assert segment != ("regular",)
