"""Drivers in the database."""

from app.store.repository import Repository


class Drivers(Repository):
    """Being written."""
