import csv
import re
from datetime import date
from pathlib import Path

import pytest

from generators.customers import CUSTOMER_COUNT
from generators.master_data import get_segment
from generators.seeds import export_seeds, render_seeds

SEEDS = Path(__file__).parents[2] / "seeds"


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(content.decode().splitlines()))


@pytest.mark.parametrize("name", sorted(render_seeds()))
def test_committed_seed_is_what_the_exporter_writes(name: str) -> None:
    stale = f"seeds/{name} is stale; run python -m generators export-seeds"
    assert (SEEDS / name).read_bytes() == render_seeds()[name], stale


def test_export_writes_every_seed_and_replaces_older_ones(tmp_path: Path) -> None:
    (tmp_path / "master_products.csv").write_text("old")
    paths = export_seeds(tmp_path)
    assert {path.name: path.read_bytes() for path in paths} == render_seeds()
    assert sorted(tmp_path.iterdir()) == sorted(paths)


@pytest.mark.parametrize("name", sorted(render_seeds()))
def test_no_cell_can_be_taken_for_a_formula(name: str) -> None:
    for row in rows(render_seeds()[name]):
        for cell in row.values():
            assert not cell.startswith(("=", "+", "@", "\t", "\r"))
            assert not cell.startswith("-") or re.fullmatch(r"-\d+\.\d+", cell)


def test_a_later_export_holds_the_changes_since_and_no_others() -> None:
    before = rows(render_seeds(date(2026, 1, 31))["master_customers.csv"])
    after = rows(render_seeds(date(2026, 7, 31))["master_customers.csv"])
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    # 27 % of the customers change something in a year; within half of it, some one in eight.
    assert CUSTOMER_COUNT * 0.08 < len(changed) < CUSTOMER_COUNT * 0.18
    movable = {"email", "loyalty_tier", "geo_city", "geo_region", "nearest_location_id"}
    for old, new in changed:
        assert {column for column in old if old[column] != new[column]} <= movable | {"updated_at"}
        assert "2026-02-01 00:00:00" <= new["updated_at"] <= "2026-07-31 00:00:00"
        assert new["loyalty_tier"] in get_segment(new["segment"]).loyalty_tiers
    for column in ("email", "loyalty_tier", "geo_city"):
        assert any(old[column] != new[column] for old, new in changed)


def test_unchanged_customers_keep_the_stamp_of_their_acquisition() -> None:
    customers = rows(render_seeds()["master_customers.csv"])
    untouched = [c for c in customers if c["updated_at"] == f"{c['acquisition_date']} 00:00:00"]
    assert len(untouched) > CUSTOMER_COUNT * 0.2
    assert all(c["email"].endswith("@example.com") for c in untouched)


def test_emails_stay_unique_over_the_years() -> None:
    for day in (date(2026, 1, 1), date(2035, 12, 31), date(2050, 12, 31)):
        emails = {row["email"] for row in rows(render_seeds(day)["master_customers.csv"])}
        assert len(emails) == CUSTOMER_COUNT


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2051, 1, 1)])
def test_a_day_without_master_data_is_refused(day: date, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"customers as of {day}"):
        export_seeds(tmp_path, day)
