"""Rows and repositories, transactions, the event log and the delivery queues; rows never leave here."""
