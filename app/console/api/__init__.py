"""The operator's JSON API: the same verbs as everywhere, for an operator's own systems."""
