"""OCPI's versions as a ladder: each rung converts one step and lists only what differs."""
