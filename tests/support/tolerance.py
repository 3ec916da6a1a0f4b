from math import sqrt

# With 5 standard deviations, a correct share fails once in 1.7 million comparisons.
DEVIATIONS = 5


def assert_share(count: int, total: int, share: float) -> None:
    """The count is one that a binomial (total, share) gives."""
    allowed = DEVIATIONS * sqrt(total * share * (1 - share)) + 1
    assert abs(count - total * share) <= allowed, (count, total * share, allowed)


def assert_mean(mean: float, expected: float, variance: float, total: int) -> None:
    """The mean is one that `total` draws with that expectation and variance give."""
    allowed = DEVIATIONS * sqrt(variance / total)
    assert abs(mean - expected) <= allowed, (mean, expected, allowed)
