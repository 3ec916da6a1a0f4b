"""The oracle itself, held against what is worked out by hand."""

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.duckdb_warehouse import ROOT, Event, click, item, movement, order, sale
from tests.support.oracle.customer_events import search_term
from tests.support.oracle.delivery import (
    Delivered,
    E,
    Verdict,
    contract_text,
    delivered,
    md5_of,
    valid_events,
    verdicts,
    verdicts_by_file,
    winners,
)
from tests.support.oracle.ecommerce_sales import order_lines
from tests.support.oracle.events import Click, Movement, Order, Sale
from tests.support.oracle.inventory_movements import movement_rows
from tests.support.oracle.landed import Line, landed_events, landed_lines
from tests.support.oracle.master_data import MasterData
from tests.support.oracle.pos_sales import pos_lines
from tests.support.oracle.rejections import rejections
from tests.support.oracle.sales_lines import SalesLine

MASTER = MasterData(ROOT / "seeds")
BASKET = [{"sku": "SKU_000001", "qty": 3, "price": 88.99, "discount": 10.25}]
"""The product costs 30.92: 3 * 88.99 = 266.97, less 30.75 is 236.22; 236.22 - 92.76 = 143.46."""
ORDER: Event = {
    "order_id": "O",
    "timestamp": "2026-01-05T10:29:00Z",
    "shipping_address": {"state": "NJ"},
    "items": BASKET,
}
MOVEMENT: Event = {
    "movement_id": "M",
    "timestamp": "2026-01-05T10:29:00Z",
    "location_id": "LOC_001",
    "sku": "SKU_000001",
}
SEARCH: Event = {
    "event_id": "E",
    "session_id": "S",
    "event_type": "search",
    "timestamp": "2026-01-05T10:29:00Z",
}


def in_file(file: str, stream: type[E], *events: Event) -> list[Delivered[E]]:
    return delivered(stream, [Line(file, event) for event in events])


def read(stream: type[E], *events: Event) -> list[E]:
    """Those of the events that are valid."""
    return valid_events(in_file("1.json", stream, *events))


def figures(line: SalesLine) -> tuple[int, ...]:
    """Quantity, and in cents: discount, net sales, tax, margin."""
    amounts = (
        line.discount_amount,
        line.net_sales_amount,
        line.tax_amount,
        line.gross_margin_amount,
    )
    return line.quantity_sold, *(int(amount * 100) for amount in amounts)


def test_a_sale_and_its_return_in_new_york() -> None:
    events = [sale("A", items=BASKET), sale("B", items=BASKET, transaction_type="return")]
    lines = list(pos_lines(read(Sale, *events), MASTER))
    # 236.22 * 0.08875 = 20.964525
    assert [figures(line) for line in lines] == [
        (3, 3075, 23622, 2096, 14346),
        (-3, -3075, -23622, -2096, -14346),
    ]


def test_an_order_is_taxed_where_it_is_shipped_to() -> None:
    orders = [ORDER, ORDER | {"shipping_address": {"state": "OR"}}]
    lines = list(order_lines(read(Order, *orders), MASTER))
    # New Jersey: 236.22 * 0.06625 = 15.649575; elsewhere: 236.22 * 0.07 = 16.5354.
    assert [figures(line) for line in lines] == [
        (3, 3075, 23622, 1565, 14346),
        (3, 3075, 23622, 1654, 14346),
    ]


@pytest.mark.parametrize(
    ("movement_type", "quantity", "effect"),
    [
        ("receipt", 2, 2),
        ("RECEIPT", -2, 2),
        ("transfer_in", -2, 2),
        ("Transfer_Out", 2, -2),
        ("transfer_out", -2, -2),
        ("sale", 2, -2),
        ("SALE", -2, -2),
        ("return", -2, 2),
        ("adjustment", 2, 2),
        ("Adjustment", -2, -2),
    ],
)
def test_the_stock_effect_of_a_movement(movement_type: str, quantity: int, effect: int) -> None:
    event = MOVEMENT | {"movement_type": movement_type, "quantity": quantity}
    (row,) = movement_rows(read(Movement, event), MASTER)
    assert (row.quantity_change, row.total_cost) == (effect, effect * Decimal("30.92"))
    assert (row.movement_type, row.date_key, row.time_key) == (
        movement_type.lower(),
        20260105,
        515,
    )


@pytest.mark.parametrize(
    ("page_url", "term"),
    [
        ("/search?q=shoes", "shoes"),
        ("https://shop.example.com/s?page=2&q=red+shoes&sort=price", "red shoes"),
        ("/search?q=%C3%A9t%C3%A9%2B1%25", "\u00e9t\u00e9+1%"),
        ("/search?q=100%+wool", "100%+wool"),
        ("/search?q=%zz", "%zz"),
        ("/search?q=%ff", "%ff"),
        ("/search?iq=7", None),
        ("/search", None),
        (None, None),
    ],
)
def test_the_term_of_a_search(page_url: str | None, term: str | None) -> None:
    (search,) = read(Click, SEARCH | {"page_url": page_url})
    assert search_term(search) == term


def test_what_comes_back_has_the_figures_of_its_absolute_quantity_with_the_opposite_sign() -> None:
    bought = BASKET[0] | {"qty_requested": 5}
    events = [
        sale("EXCHANGE", items=[bought | {"qty": -3}, bought, bought | {"qty": 0}]),
        sale("RETURN", items=[bought | {"qty": -3}, bought], transaction_type="RETURN"),
    ]
    lines = list(pos_lines(read(Sale, *events), MASTER))
    assert [(line.line_item_id, figures(line), line.is_return) for line in lines] == [
        ("EXCHANGE-1", (-3, -3075, -23622, -2096, -14346), True),
        ("EXCHANGE-2", (3, 3075, 23622, 2096, 14346), False),
        ("RETURN-1", (-3, -3075, -23622, -2096, -14346), True),
        ("RETURN-2", (-3, -3075, -23622, -2096, -14346), True),
    ]
    assert [(line.quantity_requested, line.is_inventory_constrained) for line in lines] == [
        (-3, False),
        (5, True),
        (-3, False),
        (-3, False),
    ]


def test_of_an_order_nothing_comes_back() -> None:
    event = ORDER | {"items": [BASKET[0] | {"qty": -3}, *BASKET]}
    (line,) = order_lines(read(Order, event), MASTER)
    assert (line.line_item_id, figures(line)) == ("O-2", (3, 3075, 23622, 1565, 14346))


def test_a_unit_amount_has_six_decimals_and_each_product_is_rounded_once() -> None:
    items = [
        {"sku": "SKU_999999", "qty": 1, "price": 1.7955},
        {"sku": "SKU_999999", "qty": 3, "price": "1.7955", "discount": "0.0049999"},
        {"sku": "SKU_999999", "qty": -3, "price": 1.7955, "discount": 0.005},
        {"sku": "SKU_999999", "qty": 1_000_000, "price": 0.0000005},
    ]
    lines = list(pos_lines(read(Sale, sale("A", items=items)), MASTER))
    # The cost is 40 % of the price, to the cent: 0.7182 is 0.72.
    assert [(str(line.unit_price), figures(line)) for line in lines] == [
        ("1.80", (1, 0, 180, 16, 108)),
        ("1.80", (3, 2, 537, 48, 321)),  # 5.3865 less 0.015: 5.39 less 0.02
        ("1.80", (-3, -2, -537, -48, -321)),
        ("0.00", (1_000_000, 0, 100, 9, 100)),  # 0.000001
    ]


def test_the_later_version_of_an_event_counts() -> None:
    earlier, later = sale("A", at="2026-01-05T10:00:00Z"), sale("A", at="2026-01-05T11:00:00+00:30")
    for events in ([earlier, later], [later, earlier], [earlier, later, earlier]):
        assert winners(in_file("1.json", Sale, *events)) == read(Sale, later)


def test_the_latest_updated_at_counts_then_the_latest_timestamp() -> None:
    def version(number: int, at: str, updated_at: str | None) -> Event:
        time = "2026-01-05T{}:00Z"
        associate = f"SA-{number}"
        updated = updated_at and time.format(updated_at)
        return sale("A", at=time.format(at), updated_at=updated, associate_id=associate)

    in_order = [
        version(1, "10:00", "10:00"),
        version(2, "09:00", "10:01"),
        version(3, "10:01", None),
        version(4, "10:02", "never"),
        version(5, "10:00", "10:03"),
        version(6, "10:01", "10:03"),
    ]
    for number, winner in enumerate(in_order, start=1):
        for events in (in_order[:number], in_order[:number][::-1]):
            assert winners(in_file("1.json", Sale, *events)) == read(Sale, winner)


def test_of_versions_of_one_time_that_whose_first_file_is_the_greatest_counts() -> None:
    one, two = sale("A", associate_id="SA-001"), sale("A", associate_id="SA-002")
    for first, last in ((one, two), (two, one)):
        files = [("pos/1.json", first), ("pos/2.json", last), ("pos/3.json", first)]
        deliveries = [each for file, event in files for each in in_file(file, Sale, event)]
        assert winners(deliveries) == winners(deliveries[::-1]) == read(Sale, last)
        # Comes again under a smaller path, its first file is another one.
        again = [*deliveries, *in_file("pos/0.json", Sale, last)]
        assert winners(again) == read(Sale, first)
        # An event that is dropped whole has no first file.
        dropped = in_file("pos/0.json", Sale, last | {"timestamp": None})
        assert winners([*deliveries, *dropped]) == read(Sale, last)


def test_paths_are_compared_whole_and_byte_by_byte() -> None:
    files = ["pos/10.json", "pos/9.json", "pos/A.json", "pos/a.json", "pos/\u00e9.json"]
    deliveries = [
        each
        for number, file in enumerate(files)
        for each in in_file(file, Sale, sale("A", register_id=number))
    ]
    for number in range(len(files)):
        (winner,) = winners(deliveries[: number + 1])
        assert winner.register_id == number


TEXTS: list[tuple[type[Sale | Order | Movement | Click], Event, str]] = [
    (
        Sale,
        sale("A", updated_at="2026-01-05T10:00:00.000001Z"),
        "1:A7:LOC_0011:116:176760720000000013:CUST_000000017:regular9:STORE_POS"
        "43:40:10:SKU_0000011:19:10.0000008:0.000000---"
        "4:cash6:SA-001--16:1767607200000001",
    ),
    (
        Sale,
        sale("A", items=[None, item(qty="-2", qty_requested=3, line_total=-20)], store_id="\u00e9"),
        "1:A2:\u00e91:116:176760720000000013:CUST_000000017:regular9:STORE_POS"
        "62:7:-------50:10:SKU_0000012:-29:10.0000008:0.000000-1:36:-20.00"
        "4:cash6:SA-001---",
    ),
    (
        Order,
        order("O", items=[], status="Canceled", session_id="S"),
        "1:O11:WEB_DESKTOP16:176760720000000013:CUST_000000017:regular8:New York2:NY5:10001"
        "8:standard0:6:paypal-1:S9:cancelled-",
    ),
    (
        Movement,
        movement("M", "SALE", "-2", at="1969-12-31T23:59:59Z", cost_per_unit=3.335),
        "1:M4:sale8:-10000007:LOC_00110:SKU_0000012:-210:PO_RECEIPT-4:3.34-",
    ),
    (
        Click,
        click("E", cart={"items": 2, "value": "66.6"}),
        "1:E5:SES-19:page_view16:176760720000000011:WEB_DESKTOP--21:https://shop.example/-"
        "7:desktop7:Firefox-1:25:66.60--",
    ),
]


@pytest.mark.parametrize(("stream", "event", "text"), TEXTS)
def test_the_text_of_an_event_has_each_typed_value_with_its_length(
    stream: type[E], event: Event, text: str
) -> None:
    (version,) = read(stream, event)
    assert contract_text(version) == text
    assert md5_of(version) == hashlib.md5(text.encode()).hexdigest()


def test_the_last_tie_is_decided_by_the_md5_of_the_typed_values() -> None:
    rivals = [sale("A", associate_id=f"SA-{n}") for n in range(9)]
    expected = [max(read(Sale, *rivals), key=md5_of)]
    assert winners(in_file("1.json", Sale, *rivals)) == expected
    assert winners(in_file("1.json", Sale, *rivals[::-1])) == expected


FIRST = sale("A", at="2026-01-05T10:00:00Z", associate_id="SA-001")
CORRECTION: Event = {"associate_id": "SA-002", "updated_at": "2026-01-05T10:00:00.000001Z"}


@pytest.mark.parametrize(
    ("loser", "winner", "verdict"),
    [
        (FIRST, FIRST | CORRECTION, Verdict.CORRECTED),
        (FIRST | {"updated_at": "2026-01-05T09:00:00Z"}, FIRST | CORRECTION, Verdict.CORRECTED),
        (FIRST | {"updated_at": "late"}, FIRST | CORRECTION, Verdict.CORRECTED),
        # Neither was updated.
        (FIRST, FIRST | {"timestamp": "2026-01-05T10:00:01Z"}, Verdict.SUPERSEDED),
        # Updated when it happened: not later than the other.
        (FIRST, FIRST | {"updated_at": "2026-01-05T10:00:00Z"}, Verdict.SUPERSEDED),
        (FIRST | CORRECTION, FIRST | CORRECTION | {"register_id": 2}, Verdict.SUPERSEDED),
        # At another moment.
        (FIRST, FIRST | CORRECTION | {"timestamp": "2026-01-05T09:00:00Z"}, Verdict.SUPERSEDED),
        # At another place.
        (FIRST, FIRST | CORRECTION | {"store_id": "LOC_002"}, Verdict.SUPERSEDED),
        (FIRST, FIRST | CORRECTION | {"store_id": None}, Verdict.SUPERSEDED),
        (FIRST | {"store_id": ""}, FIRST | CORRECTION | {"store_id": None}, Verdict.CORRECTED),
    ],
)
def test_a_losing_version_was_corrected_when_the_winner_says_so(
    loser: Event, winner: Event, verdict: Verdict
) -> None:
    first, last = in_file("1.json", Sale, loser), in_file("2.json", Sale, winner)
    assert verdicts(first + last) == [verdict, Verdict.CURRENT]
    assert verdicts(last + first) == [Verdict.CURRENT, verdict]


@pytest.mark.parametrize(
    ("stream", "make", "verdict"),
    [
        (Order, order, Verdict.CORRECTED),
        (Click, click, Verdict.CORRECTED),
        (Movement, movement, Verdict.SUPERSEDED),
    ],
)
def test_only_sales_and_movements_have_a_place(
    stream: type[E], make: Callable[..., Event], verdict: Verdict
) -> None:
    moved = {"location_id": "LOC_002", "channel": "APP_IOS", "updated_at": "2026-02-01 00:00"}
    assert verdicts(in_file("1.json", stream, make("A"), make("A") | moved)) == [
        verdict,
        Verdict.CURRENT,
    ]


def test_each_line_has_a_verdict_by_the_order_of_the_loads(tmp_path: Path) -> None:
    (tmp_path / "pos").mkdir()
    files = {
        "1.json": [FIRST, FIRST | CORRECTION, {"transaction_id": "VOID"}],
        "2.json": [FIRST, FIRST, sale("A", at="2026-01-04T10:00:00Z")],
    }
    for name, events in files.items():
        text = "\n".join(map(json.dumps, events))
        (tmp_path / "pos" / name).write_text(text)
    current, corrected, superseded = Verdict.CURRENT, Verdict.CORRECTED, Verdict.SUPERSEDED
    duplicate, rejected = Verdict.DUPLICATE, Verdict.REJECTED
    assert verdicts_by_file(tmp_path) == {
        "pos/1.json": Counter([corrected, current, rejected]),
        "pos/2.json": Counter([duplicate, duplicate, superseded]),
    }
    assert verdicts_by_file(tmp_path, [["pos/2.json"], ["pos/1.json"]]) == {
        "pos/1.json": Counter([duplicate, current, rejected]),
        "pos/2.json": Counter([corrected, duplicate, superseded]),
    }
    # What was corrected is counted, not quarantined.
    assert rejections(tmp_path) == Counter([("pos", "VOID", None), ("pos", "A", None)])


def test_an_event_written_in_another_way_is_the_same_event() -> None:
    other = sale(" A ", at="2026-01-05 11:00+0100", register_id="1", updated_at="some day")
    assert read(Sale, sale("A")) == read(
        Sale, other | {"original_transaction_id": "", "unknown": 1, "transaction_type": " "}
    )
    assert read(Sale, sale("A", transaction_type="Return")) == read(
        Sale, sale("A", transaction_type="reTURN")
    )
    assert read(Order, order("O", status="CANCELED", items={})) == read(
        Order, order("O", status=" cancelled ", items=[])
    )


@pytest.mark.parametrize(
    ("stream", "event", "default"),
    [
        (Sale, sale("A"), {"transaction_type": "sale"}),
        (Sale, sale("A", channel_code=None), {"channel_code": "STORE_POS"}),
        (Sale, sale("A", items=[item(discount=None)]), {"items": [item(discount=0)]}),
        (Sale, sale("A"), {"items": [item(discount_type="none")]}),
        (Sale, sale("A"), {"items": [item(qty_requested=1)]}),
        (Sale, sale("A"), {"updated_at": "2026-01-05T10:00:00Z"}),
        (Order, order("O"), {"status": "placed"}),
    ],
)
def test_a_default_that_is_spelled_out_makes_another_event(
    stream: type[E], event: Event, default: Event
) -> None:
    assert len({*read(stream, event, event | default)}) == 2


def test_neighbouring_texts_are_never_taken_for_each_other() -> None:
    one = sale("A", payment_method="a|b", associate_id="c")
    other = sale("A", payment_method="a", associate_id="b|c")
    assert len({*map(contract_text, read(Sale, one, other))}) == 2
    assert verdicts(in_file("1.json", Sale, one) + in_file("2.json", Sale, other)) == [
        Verdict.SUPERSEDED,
        Verdict.CURRENT,
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"transaction_id": " "},
        {"timestamp": "2026-01-05"},
        {"items": []},
        {"items": {}},
        {"items": None},
        {"transaction_type": "VOID"},
        {"transaction_type": ["sale"]},
        {"transaction_type": "\u017fale"},
    ],
)
def test_an_unusable_event_is_dropped_whole(change: Event) -> None:
    assert read(Sale, sale("A") | change) == []


@pytest.mark.parametrize("items", [None, [], {}, "none"])
def test_only_a_cancelled_order_needs_no_items(items: object) -> None:
    (cancelled,) = read(Order, order("O", status="cancelled") | {"items": items})
    assert list(order_lines([cancelled], MASTER)) == []
    assert read(Order, order("O", status="shipped") | {"items": items}) == []


def test_the_lines_of_a_cancelled_order_keep_what_was_asked_and_sell_nothing() -> None:
    items = [BASKET[0] | {"qty_requested": 5, "discount_type": "clearance"}]
    cancelled = ORDER | {"status": "Canceled", "items": items, "promo_code": "VIP20"}
    (line,) = order_lines(read(Order, cancelled), MASTER)
    assert figures(line) == (0, 0, 0, 0, 0)
    assert (line.quantity_requested, line.is_inventory_constrained) == (5, False)
    assert (line.unit_price, line.discount_type) == (Decimal("88.99"), "clearance")
    assert (line.is_promotional, line.is_clearance, line.is_return) == (True, True, False)


def test_only_lines_that_are_one_object_are_events(tmp_path: Path) -> None:
    (tmp_path / "pos").mkdir()
    line = json.dumps(sale("A")).encode()
    lines = [line + b"\r", b"", b"[" + line + b"]", line + b" x", b"{'a': 1}", b'{"a": "\xff"}']
    (tmp_path / "pos" / "1.json").write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines))
    (tmp_path / "pos" / "2.json.gz").write_bytes(gzip.compress(line))
    (tmp_path / "pos" / "_3.json").write_bytes(line)
    assert [event["transaction_id"] for event in landed_events(tmp_path, "pos")] == ["A", "A"]
    assert {line.file for line in landed_lines(tmp_path, "pos")} == {"pos/1.json", "pos/2.json.gz"}
