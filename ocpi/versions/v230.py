"""OCPI 2.3.0 is the canonical form: its rung converts nothing, and it has modules of its own."""

from ocpi.versions.rung import Rung

RUNG = Rung()

MODULES = frozenset({"bookings", "invoicereconciliation", "payments"})
"""Source: OCPI 2.3.0, Invoice Reconciliation; its extensions Payments and Bookings."""
