"""Canonical wire objects: OCPI 2.3.0, unknown fields kept; older versions climb the ladder."""
