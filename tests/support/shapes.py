"""The shapes a hub is tried in; journeys name theirs, so that one worker plays all of a shape."""

from xdist.scheduler import LoadScopeScheduling

ONE, THREE = "one-process", "three-processes"


class ByShape(LoadScopeScheduling):
    """Each test goes where there is room, but journeys of one shape to one worker.

    So the processes of a shape are started once. (pytest-xdist's own groups, which would do the
    same, are not heard of any more by pytest 9.2.)
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((shape for shape in (ONE, THREE) if shape in nodeid), nodeid)
