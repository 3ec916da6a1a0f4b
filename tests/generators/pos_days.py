from tests.generators.days import read_day as read_day
