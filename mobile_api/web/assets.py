"""Files the browser needs, read once, compressed once, and named after their content."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from xstatic.pkg import leaflet

PREFIX = "/static"
OURS = Path(__file__).parent / "static"
THEIRS = Path(leaflet.BASE_DIR)
LEAFLET = ("leaflet.js", "leaflet.css")
TEXTS = frozenset({".js", ".css", ".svg"})
TYPES = {".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; `version` follows from its content."""

    content: bytes
    packed: bytes | None
    kind: str
    version: str


class Assets:
    """All files by name: our own, and Leaflet's from its installed package."""

    def __init__(self) -> None:
        files = {path.name: path for path in sorted(OURS.iterdir()) if path.is_file()}
        files |= {f"leaflet/{name}": THEIRS / name for name in LEAFLET}
        images = sorted((THEIRS / "images").iterdir())
        files |= {f"leaflet/images/{path.name}": path for path in images}
        self._files = {name: _read(path) for name, path in files.items()}

    def url(self, name: str) -> str:
        """The address of a file, another one when its content changes; raises KeyError."""
        return f"{PREFIX}/{name}?v={self._files[name].version}"

    def packed_size(self, name: str) -> int:
        """How many bytes the file is on the wire."""
        asset = self._files[name]
        return len(asset.packed or asset.content)

    def plain(self, name: str, headers: Mapping[str, str]) -> Response:
        """The file under an address of its own, with what its reader must know."""
        asset = self._files[name]
        return Response(asset.content, headers=dict(headers), media_type=asset.kind)

    async def serve(self, request: Request) -> Response:
        """The file, to be kept for good under its versioned address."""
        asset = self._files.get(request.path_params["name"])
        if asset is None:
            return Response("Not found", 404)
        current = request.query_params.get("v") == asset.version
        headers = {
            "ETag": f'"{asset.version}"',
            "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        if asset.packed is None or "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(asset.content, headers=headers, media_type=asset.kind)
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, headers=headers, media_type=asset.kind)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    kind = TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(content, 9, mtime=0) if path.suffix in TEXTS else None
    return Asset(content, packed, kind, sha256(content).hexdigest()[:16])
