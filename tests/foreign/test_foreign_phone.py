"""The driver API as others' tools see it: a generated client, and requests nobody thought of."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from app.use_cases.windows import Quota, Window
from mobile_api.site import build_driver_api
from tests.edge.mobile.conftest import Site, drive, idp, site
from tests.foreign.kits import KitFailed, NodeKit, PythonKit

pytestmark = [pytest.mark.timeout(900)]
CLIENT = NodeKit("driver_client", "driver_client.cjs")
SCHEMATHESIS = PythonKit("schemathesis", "schemathesis_run.py")
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance",
)  # fmt: skip
LEFT_OUT = (
    "DELETE /me", "POST /auth/revoke", "DELETE /auth/sessions/{sign_in_id}",
    "DELETE /devices/{device_id}", "GET /sessions/{session_id}/events",
)  # fmt: skip
"""What would end the sign-in that the others need, and the stream that never ends."""
__all__ = ["drive", "idp", "site"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for an edge."""
    return sqlite_url


async def run(folder: Path, *command: str) -> str:
    """A foreign program to its end in a folder of its own; what it said. Fails when it does."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdout=pipe, stderr=asyncio.subprocess.STDOUT, cwd=folder
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    text = said.decode(errors="replace")
    if process.returncode:
        pytest.fail(text[-12_000:], pytrace=False)
    return text


def command_of(kit: NodeKit | PythonKit) -> tuple[str, ...]:
    """How to run it; fails, never skips, when it cannot be had."""
    try:
        return kit.command()
    except KitFailed as error:
        pytest.fail(f"{kit.lock} cannot be installed here: {error}", pytrace=False)


async def a_drivers_token(site: Site) -> str:
    """The access token of a driver with a session behind them."""
    me = await site.sign_in()
    await site.drive.floor.connect()
    quote = await site.quote(me)
    await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    await site.post(f"/sessions/{quote['id']}/cancel", headers=me)
    return me["Authorization"].removeprefix("Bearer ")


def unlimited(site: Site) -> None:
    """Let nothing be refused for being asked too often: time stands still here."""
    for limit in vars(site.deps.limits).values():
        if isinstance(limit, Quota):
            limit.most = 10**9
        elif isinstance(limit, Window):
            limit._most = 10**6


async def test_a_generated_client_compiles_and_works(site: Site, tmp_path: Path) -> None:
    """D1, API quality: a generated TypeScript client compiles; here it also calls."""
    document = tmp_path / "driver-api.json"
    document.write_text(json.dumps(build_driver_api(site.deps).openapi()))
    token = await a_drivers_token(site)
    command = await asyncio.to_thread(command_of, CLIENT)
    said = await run(
        tmp_path, *command, str(document), str(tmp_path / "client"), f"{site.url}/api/v1", token
    )
    assert "the client works" in said


async def test_no_request_is_answered_by_a_crash_or_by_what_is_not_documented(
    site: Site, tmp_path: Path
) -> None:
    """D1, API quality: schemathesis finds no 5xx and no undocumented answer."""
    unlimited(site)
    token = await a_drivers_token(site)
    left_out = [word for name in LEFT_OUT for word in ("--exclude-name", name)]
    command = await asyncio.to_thread(command_of, SCHEMATHESIS)
    said = await run(
        tmp_path, *command, "run", f"{site.url}/api/v1/openapi.json",
        "--header", f"Authorization: Bearer {token}",
        "--checks", ",".join(CHECKS), "--phases", "examples,fuzzing",
        "--max-examples", "4", "--seed", "1", "--no-color", "--continue-on-failure",
        "--generation-database", "none", *left_out,
    )  # fmt: skip
    tried = re.search(r"(\d+) generated, (\d+) passed", said)
    assert tried is not None, said[-3000:]
    assert tried[1] == tried[2]
    assert int(tried[1]) > 300
