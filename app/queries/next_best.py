"""Where else to charge: the nearest free connectors, as the store finds them."""

from app.store.nearby import NextBest, nearest_free, next_best

__all__ = ["NextBest", "nearest_free", "next_best"]
