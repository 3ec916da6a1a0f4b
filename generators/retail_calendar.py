"""The retail year: holidays, sale periods and the volume of a day."""

from datetime import date, timedelta
from functools import cache

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6

FIRST_YEAR = 2000
LAST_YEAR = 2050

SALE_PERIODS: dict[int, str] = {
    1: "Winter Clearance",
    2: "President's Day Sale",
    3: "Spring Sale",
    5: "Memorial Day Sale",
    7: "Summer Sale",
    9: "Back to School",
    11: "Black Friday",
    12: "Holiday Sale",
}
"""Name of the sale by month (1-12); a month that is missing has none."""

MONTH_FACTORS: dict[int, float] = {
    1: 0.70,
    2: 0.75,
    3: 0.90,
    4: 1.00,
    5: 0.95,
    6: 0.85,
    7: 0.80,
    8: 0.90,
    9: 0.95,
    10: 1.00,
    11: 1.30,
    12: 1.50,
}
"""Volume of a day by month (1-12), times the daily base."""

WEEKEND_FACTOR = 1.3
"""Volume of a Saturday or Sunday, times that of the other days of its month."""


def nth_weekday(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th (from 1) given weekday (0 = Monday) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def last_weekday(year: int, month: int, weekday: int) -> date:
    """The last given weekday (0 = Monday) of a month other than December."""
    last = date(year, month + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def easter_sunday(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the Meeus/Jones/Butcher rule."""
    golden = year % 19
    century, year_of_century = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon_shift + 15) % 30
    leap_years, year_rest = divmod(year_of_century, 4)
    to_sunday = (32 + 2 * century_rest + 2 * leap_years - epact - year_rest) % 7
    correction = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * correction + 114, 31)
    return date(year, month, day + 1)


@cache
def get_holidays(year: int) -> dict[date, str]:
    """Holidays that matter to shops in the United States, by date, in the year's order.

    Where two fall on one date (Juneteenth and Father's Day), it has the public holiday's name.
    """
    thanksgiving = nth_weekday(year, 11, THURSDAY, 4)
    holidays = {
        date(year, 1, 1): "New Year's Day",
        nth_weekday(year, 1, MONDAY, 3): "Martin Luther King Jr. Day",
        date(year, 2, 14): "Valentine's Day",
        nth_weekday(year, 2, MONDAY, 3): "Presidents' Day",
        easter_sunday(year): "Easter Sunday",
        nth_weekday(year, 5, SUNDAY, 2): "Mother's Day",
        last_weekday(year, 5, MONDAY): "Memorial Day",
        nth_weekday(year, 6, SUNDAY, 3): "Father's Day",
        date(year, 7, 4): "Independence Day",
        nth_weekday(year, 9, MONDAY, 1): "Labor Day",
        nth_weekday(year, 10, MONDAY, 2): "Columbus Day",
        date(year, 10, 31): "Halloween",
        date(year, 11, 11): "Veterans Day",
        thanksgiving: "Thanksgiving",
        thanksgiving + timedelta(days=1): "Black Friday",
        thanksgiving + timedelta(days=4): "Cyber Monday",
        date(year, 12, 24): "Christmas Eve",
        date(year, 12, 25): "Christmas Day",
        date(year, 12, 31): "New Year's Eve",
    }
    if year >= 2021:  # the year in which it became a public holiday
        holidays[date(year, 6, 19)] = "Juneteenth"
    return dict(sorted(holidays.items()))


def get_holiday(day: date) -> str | None:
    """Name of the day's holiday; None on other days."""
    return get_holidays(day.year).get(day)


def get_sale_period(day: date) -> str | None:
    """Name of the sale that runs on the day; None outside of sales."""
    return SALE_PERIODS.get(day.month)


def get_volume_factor(day: date) -> float:
    """Volume of the day, times the daily base: its month's factor, more at a weekend."""
    weekend = WEEKEND_FACTOR if day.weekday() in (SATURDAY, SUNDAY) else 1.0
    return MONTH_FACTORS[day.month] * weekend
