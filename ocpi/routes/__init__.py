"""One router per module, written once: bodies arrive lifted, answers leave lowered."""
