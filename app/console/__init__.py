"""The operator's side: a JSON API, and pages that come later."""
