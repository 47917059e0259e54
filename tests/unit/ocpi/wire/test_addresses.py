"""Addresses of ours are no longer than OCPI allows."""

from ocpi.versions.registry import VERSIONS
from ocpi.wire.addresses import LONGEST_URL, hub_callbacks_url, room_for_names


def test_an_address_of_the_hubs_is_not_cut() -> None:
    """An id that takes all the room there is, in every version."""
    for here in ("https://hub.example", "https://a-rather-long-name.of-some.example/below/"):
        name = "x" * room_for_names(here)
        lengths = {len(f"{hub_callbacks_url(here, v)}/{name}") for v in VERSIONS.values()}
        assert max(lengths) == LONGEST_URL
