"""Canonical OCPI objects ⇄ app.domain: pure functions, total in both directions."""
