"""The files by which phones open our addresses in the operator's app instead of a browser.

Sources: Apple, Supporting associated domains; Android, Verify App Links (Digital Asset Links).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

PATHS = ("/q/*", "/Q/*")
NOT_PATHS = ("/q/s/*/back", "/q/d/*")
"""The way back from a card provider belongs to the browser, codes of displays to the server."""


@dataclass(frozen=True, slots=True)
class AppLinks:
    """Apps that may open our addresses.

    `ios` are app ids such as `TEAM123456.example.charge`, `android` package names with the SHA-256
    fingerprints of their signing certificates.
    """

    ios: tuple[str, ...] = ()
    android: tuple[tuple[str, tuple[str, ...]], ...] = ()


def read_app_links(ios: str, android: str) -> AppLinks:
    """From settings that were checked: ids separated by blanks, `PACKAGE=PRINT,PRINT` likewise."""
    packages = (part.partition("=") for part in android.split())
    return AppLinks(
        tuple(ios.split()),
        tuple((name, tuple(prints.upper().split(","))) for name, _, prints in packages),
    )


def apple_file(links: AppLinks) -> dict[str, Any]:
    """apple-app-site-association."""
    components: list[dict[str, Any]] = [{"/": path, "exclude": True} for path in NOT_PATHS]
    components += [{"/": path} for path in PATHS]
    details = [{"appIDs": list(links.ios), "components": components}] if links.ios else []
    return {"applinks": {"details": details}, "webcredentials": {"apps": list(links.ios)}}


def android_file(links: AppLinks) -> list[dict[str, Any]]:
    """assetlinks.json."""
    return [_statement(name, prints) for name, prints in links.android]


def _statement(name: str, prints: Iterable[str]) -> dict[str, Any]:
    return {
        "relation": [
            "delegate_permission/common.handle_all_urls",
            "delegate_permission/common.get_login_creds",
        ],
        "target": {
            "namespace": "android_app",
            "package_name": name,
            "sha256_cert_fingerprints": list(prints),
        },
    }
