"""Commands in the database."""

from app.store.repository import Repository


class Commands(Repository):
    """Being written."""
