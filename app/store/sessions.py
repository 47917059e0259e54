"""Sessions in the database."""

from app.store.repository import Repository


class Sessions(Repository):
    """Being written."""
