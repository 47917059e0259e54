"""Protocols for the outside systems that have two real implementations each."""
