"""Faults on purpose: their kinds, how often each happens, and the record of one.

Whatever is known of a kind is a row of a table here: what it is, and how it comes about in each
stream that it makes sense for. An event has at most one fault, so that what becomes of it is clear.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from generators.damages import (
    Damage,
    Event,
    above_price_in_item,
    added,
    future_timestamp,
    kept,
    lone_item,
    missing,
    missing_in_item,
    missing_items,
    negative_in_item,
    negative_quantity,
    numbers_as_texts,
    other_offset,
    quarantined,
    renamed,
    replaced,
    replaced_in_item,
    warned,
)
from generators.randomness import combine

ID_FIELDS = {
    "pos": "transaction_id",
    "ecommerce": "order_id",
    "inventory": "movement_id",
    "clickstream": "event_id",
}
"""The field of an event's id, by stream."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault.

    Attributes:
        name: Its name.
        description: What it is, in a line.
        damages: Of a kind that damages fields, the ways to do so by stream; of any other, none.
        is_of_file: Whether the rate is that of files, not of events.
    """

    name: str
    description: str
    damages: Mapping[str, tuple[Damage, ...]] | None = None
    is_of_file: bool = False

    def befalls(self, stream: str) -> bool:
        """Whether events of a stream can have it."""
        return not self.is_of_file and (self.damages is None or stream in self.damages)


def _in_all_streams(*damages: Damage) -> dict[str, tuple[Damage, ...]]:
    return dict.fromkeys(ID_FIELDS, damages)


def _in_sales(*damages: Damage) -> dict[str, tuple[Damage, ...]]:
    return {"pos": damages, "ecommerce": damages}


_NEW_FIELDS: Event = {
    "loyalty_points": 120,
    "gift_message": "For you",
    "consent": {"marketing": True},
    "schema_version": "2",
}
_BEYOND_INTEGERS = (1_000_001, 999_999_999_999)
_BEYOND_AMOUNTS = (1_000_000_000, 999_999_999_999.99)
_NO_INSTANTS = (
    "yesterday",
    "31/01/2026 10:00",
    "2026-02-30T10:00:00Z",
    "2026-01-31",
    "2026-01-31T24:00:00Z",
)

DUPLICATE_EVENT = "duplicate_event"
LATE_EVENT = "late_event"
OUT_OF_ORDER = "out_of_order"
TRUNCATED_LINE = "truncated_line"
CORRUPT_LINE = "corrupt_line"
DUPLICATE_FILE = "duplicate_file"
EMPTY_FILE = "empty_file"
FOREIGN_FILE = "foreign_file"

_KINDS = (
    Kind(DUPLICATE_EVENT, "an event that comes again, days later, in another file"),
    Kind(LATE_EVENT, "an event that comes hours to 60 days late, in a file of that day"),
    Kind(OUT_OF_ORDER, "an event that stands behind all later ones of its file"),
    Kind(TRUNCATED_LINE, "a line that is cut off"),
    Kind(CORRUPT_LINE, "a line that is not a JSON object in UTF-8"),
    Kind(
        "missing_value",
        "a field that the pipeline needs is null, empty or not there",
        {
            "pos": (
                missing("transaction_id", quarantined("has_transaction_id")),
                missing("timestamp", quarantined("valid_timestamp")),
                missing_items(quarantined("has_items")),
                missing_in_item("sku", quarantined("has_sku")),
                missing_in_item("qty", quarantined("valid_quantity")),
                missing_in_item("price", quarantined("valid_price")),
            ),
            "ecommerce": (
                missing("order_id", quarantined("has_order_id")),
                missing("timestamp", quarantined("valid_timestamp")),
                missing_items(quarantined("has_items")),
                missing_in_item("sku", quarantined("has_sku")),
                missing_in_item("qty", quarantined("valid_quantity")),
                missing_in_item("price", quarantined("valid_price")),
                missing("customer_id", warned("has_customer")),
            ),
            "inventory": (
                missing("movement_id", quarantined("has_movement_id")),
                missing("timestamp", quarantined("valid_timestamp")),
                missing("movement_type", quarantined("valid_movement_type")),
                missing("sku", quarantined("has_sku")),
                missing("location_id", quarantined("has_location")),
                missing("quantity", quarantined("valid_quantity")),
            ),
            "clickstream": (
                missing("event_id", quarantined("has_event_id")),
                missing("timestamp", quarantined("valid_timestamp")),
                missing("session_id", quarantined("has_session_id")),
                missing("event_type", quarantined("valid_event_type")),
            ),
        },
    ),
    Kind(
        "wrong_type",
        "a value of a type that cannot be read as the field's",
        {
            **_in_sales(
                replaced("timestamp", quarantined("valid_timestamp"), 1_769_860_800),
                replaced("items", quarantined("has_items"), "none", 2),
                lone_item,
                replaced_in_item("qty", quarantined("valid_quantity"), "two", 2.5, True, [2]),
                replaced_in_item("price", quarantined("valid_price"), "free", {"amount": 9.99}),
            ),
            "inventory": (
                replaced("timestamp", quarantined("valid_timestamp"), 1_769_860_800),
                replaced("movement_type", quarantined("valid_movement_type"), 7, ["sale"]),
                replaced("quantity", quarantined("valid_quantity"), "many", 1.5, False),
            ),
            "clickstream": (
                replaced("timestamp", quarantined("valid_timestamp"), 1_769_860_800),
                replaced("event_type", quarantined("valid_event_type"), 7, ["page_view"]),
            ),
        },
    ),
    Kind(
        "quantity_out_of_range",
        "a quantity that is negative, zero or beyond a million",
        {
            "pos": (
                negative_in_item("qty", kept),
                replaced_in_item("qty", quarantined("valid_quantity"), 0, *_BEYOND_INTEGERS),
            ),
            "ecommerce": (
                negative_in_item("qty", quarantined("valid_quantity")),
                replaced_in_item("qty", quarantined("valid_quantity"), 0, *_BEYOND_INTEGERS),
            ),
            "inventory": (
                negative_quantity,
                replaced("quantity", quarantined("valid_quantity"), *_BEYOND_INTEGERS),
            ),
        },
    ),
    Kind(
        "price_out_of_range",
        "a price that is negative or beyond a billion",
        {
            **_in_sales(
                negative_in_item("price", quarantined("valid_price")),
                replaced_in_item("price", quarantined("valid_price"), *_BEYOND_AMOUNTS),
            ),
            "inventory": (replaced("cost_per_unit", kept, *_BEYOND_AMOUNTS),),
        },
    ),
    Kind(
        "discount_out_of_range",
        "a discount that is negative or above the price",
        _in_sales(
            replaced_in_item("discount", warned("discount_within_price"), -1.5),
            above_price_in_item("discount", warned("discount_within_price")),
        ),
    ),
    Kind(
        "unknown_product",
        "a SKU that the master data does not know",
        {
            **_in_sales(replaced_in_item("sku", warned("known_product"), "SKU_999999")),
            "inventory": (replaced("sku", warned("known_product"), "SKU_999999"),),
            "clickstream": (replaced("product_sku", warned("known_product"), "SKU_999999"),),
        },
    ),
    Kind(
        "unknown_location",
        "a store or place that the master data does not know",
        {
            "pos": (replaced("store_id", warned("known_location"), "LOC_099"),),
            "inventory": (replaced("location_id", warned("known_location"), "LOC_099"),),
        },
    ),
    Kind(
        "unknown_channel",
        "a channel that the master data does not know",
        {
            "pos": (replaced("channel_code", warned("known_channel"), "FAX"),),
            "ecommerce": (replaced("channel", warned("known_channel"), "FAX"),),
            "clickstream": (replaced("channel", warned("known_channel"), "FAX"),),
        },
    ),
    Kind(
        "unknown_customer",
        "a customer whom the master data does not know",
        dict.fromkeys(
            ("pos", "ecommerce", "clickstream"),
            (replaced("customer_id", warned("known_customer"), "CUST_99999999"),),
        ),
    ),
    Kind(
        "unknown_type",
        "a type of transaction, movement or click that the contract does not know",
        {
            "pos": (replaced("transaction_type", quarantined("valid_transaction_type"), "void"),),
            "inventory": (replaced("movement_type", quarantined("valid_movement_type"), "theft"),),
            "clickstream": (replaced("event_type", quarantined("valid_event_type"), "hover"),),
        },
    ),
    Kind(
        "added_field",
        "one more field, of a later version of the contract",
        _in_all_streams(added(_NEW_FIELDS)),
    ),
    Kind(
        "renamed_field",
        "a field under the name of a later version of the contract",
        {
            "pos": (renamed("payment_method", "payment_type"),),
            "ecommerce": (renamed("shipping_method", "delivery_method"),),
            "inventory": (renamed("reason_code", "reason"),),
            "clickstream": (renamed("device_type", "device"),),
        },
    ),
    Kind(
        "retyped_field",
        "numbers as texts, as in a later version of the contract",
        _in_all_streams(numbers_as_texts),
    ),
    Kind(
        "other_offset",
        "the same instant with another offset from UTC, or with none",
        _in_all_streams(other_offset),
    ),
    Kind("future_timestamp", "an instant decades ahead", _in_all_streams(future_timestamp)),
    Kind(
        "unusable_timestamp",
        "a text that is not a timestamp",
        _in_all_streams(replaced("timestamp", quarantined("valid_timestamp"), *_NO_INSTANTS)),
    ),
    Kind(DUPLICATE_FILE, "a file that comes again under another name", is_of_file=True),
    Kind(EMPTY_FILE, "a file of no bytes beside a batch's others", is_of_file=True),
    Kind(FOREIGN_FILE, "a file of HTML beside a batch's others", is_of_file=True),
)

KINDS = {kind.name: kind for kind in _KINDS}
"""Every kind of fault, by name."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Which faults happen how often.

    Attributes:
        rates: Kinds with the share of events, or files, that they affect; in the order of `KINDS`.
    """

    rates: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, rates: Mapping[str, float]) -> "Faults":
        """Faults at rates by kind; a kind at 0 never happens.

        Raises:
            ValueError: A kind is unknown, a rate is not a share, or the faults of a stream's events
                are more than its events.
        """
        for name, rate in rates.items():
            if name not in KINDS:
                raise ValueError(f"{name!r} is not a kind of fault; use one of: {', '.join(KINDS)}")
            if not 0 <= rate <= 1:
                raise ValueError(f"rate {rate:g} of {name} is out of bounds; use 0 to 1")
        faults = cls(tuple((name, float(rates[name])) for name in KINDS if rates.get(name)))
        for stream in ID_FIELDS:
            together = sum(rate for _, rate in faults.of_events(stream))
            if together > 1 + 1e-9:
                raise ValueError(
                    f"the faults of {stream} befall {together:g} times its events, and an event "
                    f"has at most one; use lower rates"
                )
        return faults

    def of_events(self, stream: str) -> list[tuple[Kind, float]]:
        """The kinds that affect events of a stream, and their rates."""
        return [(KINDS[name], rate) for name, rate in self.rates if KINDS[name].befalls(stream)]

    @property
    def tag(self) -> str:
        """Part of the files' names that depends on the faults; empty where there are none."""
        if not self.rates:
            return ""
        parts = (part for kind_and_rate in self.rates for part in kind_and_rate)
        return f"_f{combine('faults', *parts) >> 32:08x}"


NO_FAULTS = Faults()


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """A fault that has happened, and the expected outcome.

    Attributes:
        kind: The kind of fault.
        file: Path of the file in the landing folder.
        line: The line in that file, from 1; None when it is the whole file.
        event_id: The event's id as a reader sees it; None if it cannot be read.
        line_number: Position of the line item that the outcome is about; None for the event.
        outcome: deduplicated, quarantined, kept with warning, rescued or kept.
        expectation: Bare name of the expectation that is broken, if any.
    """

    kind: str
    file: str
    line: int | None
    event_id: str | None
    line_number: int | None
    outcome: str
    expectation: str | None
