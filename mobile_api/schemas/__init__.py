"""What the app reads and writes; output fields have no defaults."""
