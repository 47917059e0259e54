"""We call partners: one exchange, the handshake, pulls of their lists."""
