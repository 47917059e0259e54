"""Chargings in the database."""

from app.store.repository import Repository


class Chargings(Repository):
    """Being written."""
