"""Stations in the database."""

from app.store.repository import Repository


class Stations(Repository):
    """Being written."""
