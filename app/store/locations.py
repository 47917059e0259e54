"""Locations in the database."""

from app.store.repository import Repository


class Locations(Repository):
    """Being written."""
