"""Cdrs in the database."""

from app.store.repository import Repository


class Cdrs(Repository):
    """Being written."""
