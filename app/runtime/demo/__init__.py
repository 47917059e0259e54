"""The demo: the whole story on one machine, told while it happens, every outcome checked."""
