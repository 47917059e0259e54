"""Operators in the database."""

from app.store.repository import Repository


class Operators(Repository):
    """Being written."""
