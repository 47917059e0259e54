"""Tokens in the database."""

from app.store.repository import Repository


class Tokens(Repository):
    """Being written."""
