"""Partners in the database."""

from app.store.repository import Repository


class Partners(Repository):
    """Being written."""
