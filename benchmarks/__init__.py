"""Measurements of the generators' speed."""
