"""Payments in the database."""

from app.store.repository import Repository


class Payments(Repository):
    """Being written."""
