"""Real counterparts over loopback sockets: charger, partner, card provider, phone.

They share no code with the hub and check what it sends against the official schemas, so that both
sides cannot be wrong alike. What they hold against the hub stands in `violations`.
"""
