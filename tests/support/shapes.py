"""The shapes a hub is tried in; journeys name theirs, so that one worker plays all of a shape."""

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

ONE, THREE = "one-process", "three-processes"
JOINED = "member-of-itself"
"""One process, whose parties are members of its own hub."""

_SHAPES = (ONE, THREE, JOINED)
_SOURCES = ("tests/architecture/", "tests/conformance/")
_PAGES = "tests/edge/web/"


class ByShape(LoadScopeScheduling):
    """Each test goes where there is room, but journeys of one shape to one worker.

    So the processes of a shape are started once, and what starts a program by itself finds the
    code read; all sources are read once, by whoever looks at them; and one browser is started.
    (pytest-xdist's own groups, which would do the same, are not heard of any more by pytest 9.2.)
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/journeys/"):
            return next((shape for shape in _SHAPES if shape in nodeid), THREE)
        if nodeid.startswith(_SOURCES):
            return "sources"
        if nodeid.startswith(_PAGES):
            return "pages"
        return nodeid

    def mark_test_complete(
        self, node: WorkerController, item_index: int, duration: float = 0
    ) -> None:
        """Forget what is done: after each test all that a worker was ever given is counted."""
        given = self.assigned_work[node]
        nodeid = self.registered_collections[node][item_index]
        scope = self._split_scope(nodeid)
        super().mark_test_complete(node, item_index, duration)
        if all(given[scope].values()):
            del given[scope]
