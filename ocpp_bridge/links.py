"""The chargers connected to this process, each at most once: the newest connection wins."""

from collections.abc import Iterator

from ocpp_bridge.link import Link


class Links:
    """Station identity (without regard to case) → its link."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}

    def __len__(self) -> int:
        return len(self._links)

    def __iter__(self) -> Iterator[Link]:
        return iter(tuple(self._links.values()))

    def get(self, station_id: str) -> Link | None:
        """The charger's link, None when it is not connected here."""
        return self._links.get(station_id.casefold())

    def enter(self, link: Link) -> Link | None:
        """Register a link; returns the one it takes over from."""
        key = link.station_id.casefold()
        previous = self._links.get(key)
        self._links[key] = link
        return previous

    def leave(self, link: Link) -> None:
        """Forget a link, unless a newer one has taken its place."""
        key = link.station_id.casefold()
        if self._links.get(key) is link:
            del self._links[key]
