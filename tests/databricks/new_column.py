"""A change of the contract: till sales gain the optional field `loyalty_card_id`."""

import re
from pathlib import Path

from tests.duckdb_warehouse import Event, sale

COLUMN = "loyalty_card_id"
WITH_NEW_COLUMN = ["silver_pos_events", "silver_transactions_unified", "gold_sales_fact"]
"""The incremental models that gain it."""
BEFORE = "original_transaction_id"
"""The field that it stands after, in the contract and so in every model."""


def add_contract_column(project: Path) -> None:
    """Make the change in a copy of the project, as docs/operations.md says."""
    models = project / "models"
    _after(
        models / "bronze" / "bronze_pos_transactions.sql",
        {
            f"    {BEFORE},\n    _corrupt": f"    {BEFORE},\n    {COLUMN},\n    _corrupt",
            f"    '{BEFORE}',\n": f"    '{BEFORE}',\n    '{COLUMN}',\n",
        },
    )
    typed = f"        {{{{ typed_text('{BEFORE}') }}}} as {BEFORE},\n"
    _after(
        models / "silver" / "events" / "silver_pos_typed.sql",
        {typed: typed + typed.replace(BEFORE, COLUMN)},
    )
    column = f"            '{BEFORE}',\n            'register_id_text',\n"
    _after(
        models / "silver" / "events" / "silver_pos_events.sql",
        {column: column.replace("'register", f"'{COLUMN}',\n            'register")},
    )
    _after(project / "macros" / "event_content.sql", {"{'pos': []": f"{{'pos': ['{COLUMN}']"})
    selected = f"        {BEFORE},\n"
    _after(
        models / "silver" / "silver_transactions_unified.sql",
        {selected: selected + selected.replace(BEFORE, COLUMN)},
    )
    last = "        customer_id\n    from measured\n"
    _after(
        models / "gold" / "facts" / "gold_sales_fact.sql",
        {last: f"        customer_id,\n        {COLUMN}\n    from measured\n"},
    )
    content = f"            '{BEFORE}': '{BEFORE}',\n"
    _after(
        models / "silver" / "silver_quarantined_events.sql",
        {content: content + content.replace(BEFORE, COLUMN)},
    )
    described = (
        "      - name: {}\n{}        description: Number of the loyalty card; null where none.\n"
    )
    for folder, model, last_column, data_type in (
        ("bronze", "bronze_pos_transactions", BEFORE, ""),
        ("silver/events", "silver_pos_typed", BEFORE, ""),
        ("silver/events", "silver_pos_events", BEFORE, ""),
        ("silver", "silver_transactions_unified", BEFORE, ""),
        ("gold/facts", "gold_sales_fact", "customer_id", "        data_type: string\n"),
    ):
        path = models / folder / f"_{folder.split('/')[-1]}__models.yml"
        entry = re.compile(
            rf"  - name: {model}\n(.*?)      - name: {last_column}\n(?: {{8}}[^\n]*\n)+", re.DOTALL
        )
        text = path.read_text()
        found = entry.search(text)
        assert found, f"{path} has no {last_column} of {model}"
        end = found.end()
        path.write_text(text[:end] + described.format(COLUMN, data_type) + text[end:])


def sales_with_the_new_column() -> list[Event]:
    """Sales of today's writers: with the field, without it, with both."""
    at = "2026-02-01T12:00:00Z"
    return [
        sale("NEW-1", at=at, **{COLUMN: "CARD-1"}),
        sale("NEW-2", at=at),
        sale("NEW-2", at=at, **{COLUMN: "CARD-2"}),
        sale("NEW-3", at=at, items="none", **{COLUMN: "CARD-3"}),
    ]


def _after(path: Path, changes: dict[str, str]) -> None:
    text = path.read_text()
    for old, new in changes.items():
        assert old in text, f"{path} has no {old!r}"
        text = text.replace(old, new)
    path.write_text(text)
