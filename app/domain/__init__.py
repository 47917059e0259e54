"""What charging is, as plain Python: values, state machines, prices and rules; no I/O, no clock, no async."""
