"""Tariffs in the database."""

from app.store.repository import Repository


class Tariffs(Repository):
    """Being written."""
