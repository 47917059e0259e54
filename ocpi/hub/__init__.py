"""The hub platform: party to party through us."""
