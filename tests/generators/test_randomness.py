import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from generators.randomness import Draws, combine, weighted_table
from tests.support.tolerance import assert_mean, assert_share

ROWS = np.arange(200_000, dtype=np.int64)


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=20), st.integers(0, 10**6))
def test_a_value_is_that_of_its_row_alone(rows: list[int], day: int) -> None:
    draws = Draws(1, "stream")
    together = draws.bits("column", np.array(rows, dtype=np.int64), day)
    alone = [draws.bits("column", np.array([row], dtype=np.int64), day)[0] for row in rows]
    assert together.tolist() == alone
    days = np.full(len(rows), day, dtype=np.int64)
    assert draws.bits("column", np.array(rows, dtype=np.int64), days).tolist() == alone


def test_values_are_the_same_for_ever() -> None:
    assert combine("world", 42, 1.0) == 0x06A31BDBC243E3BF
    drawn = Draws(42, "pos").below("column", ROWS[:5], 1000, 739_000)
    assert drawn.tolist() == [182, 400, 319, 504, 177]


def test_keys_columns_and_days_give_other_values() -> None:
    base = Draws(1, "a").bits("column", ROWS)
    for other in (
        Draws(2, "a").bits("column", ROWS),
        Draws(1, "b").bits("column", ROWS),
        Draws(1, "a").bits("other", ROWS),
        Draws(1, "a").bits("column", ROWS, 1),
        Draws(1, "a").bits("column", ROWS + 1),
    ):
        assert not np.any(base == other)


def test_uniform_has_the_mean_and_correlations_of_chance() -> None:
    draws = Draws(1, "stream")
    first, second = draws.uniform("first", ROWS), draws.uniform("second", ROWS)
    assert_mean(float(first.mean()), 1 / 2, 1 / 12, len(ROWS))
    pairs = [(first, second), (first[1:], first[:-1]), (first, draws.uniform("first", ROWS, 1))]
    for a, b in pairs:
        assert_mean(float(((a - 0.5) * (b - 0.5)).mean()), 0.0, 1 / 144, len(a))


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=50))
def test_weighted_table_holds_each_weight_by_its_share(weights: list[float]) -> None:
    counts = np.bincount(weighted_table(weights), minlength=len(weights))
    assert counts.sum() == 65_536
    assert np.all(np.abs(counts - np.array(weights) / sum(weights) * 65_536) <= 1)


def test_choice_draws_by_weight() -> None:
    drawn = Draws(3, "stream").choice("column", ROWS, weighted_table([1, 2, 7]))
    for index, share in enumerate((0.1, 0.2, 0.7)):
        assert_share(int((drawn == index).sum()), len(ROWS), share)
