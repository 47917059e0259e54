"""OCPI 2.3.0 is the canonical form: its rung converts nothing."""

from ocpi.versions.rung import Rung

RUNG = Rung()
