"""Meters in the database."""

from app.store.repository import Repository


class Meters(Repository):
    """Being written."""
