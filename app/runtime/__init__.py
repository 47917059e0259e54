"""The only place that sees everything: settings, wiring, processes, command line."""
