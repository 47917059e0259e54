"""What charging is, as plain Python: values, state machines, prices; no I/O, no clock."""
