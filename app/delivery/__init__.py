"""From the event log to the world: plan who wants what, send in order, try again, never twice."""
