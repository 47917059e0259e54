"""The shapes a hub is tried in; journeys name theirs, so that one worker plays all of a shape."""

from xdist.scheduler import LoadScopeScheduling

ONE, THREE = "one-process", "three-processes"
JOINED = "member-of-itself"
"""One process, whose parties are members of its own hub."""

_TOGETHER = (ONE, THREE, JOINED, "tests/architecture/")


class ByShape(LoadScopeScheduling):
    """Each test goes where there is room, but journeys of one shape to one worker.

    So the processes of a shape are started once; and all sources are read once, by whoever looks
    at the architecture. (pytest-xdist's own groups, which would do the same, are not heard of any
    more by pytest 9.2.)
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((whole for whole in _TOGETHER if whole in nodeid), nodeid)
