"""Rows and repositories, transactions, event log and delivery queues; rows never leave here."""
