"""What keeps a hub from starting is said in one line, with exit code 2 and without a trace."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL
from pathlib import Path

import pytest

from tests.support.hub import COMMAND, ROOT, SECRET_KEY
from tests.support.programs import start_verb
from tests.support.servers import HOST, PostgresServer, free_port

ENDS_WITHIN_S = 60.0


async def serve(folder: Path, **settings: str) -> tuple[int, str]:
    """Start the hub with these settings: its exit code, and what it said, but for its log."""
    given = {name: value for name, value in os.environ.items() if "ROAMWATT_" not in name}
    own = {
        "DATABASE_URL": f"sqlite:///{folder}/hub.db",
        "HTTP_BIND": f"{HOST}:0",
        "OCPP_BIND": f"{HOST}:0",
        "SECRET_KEY": SECRET_KEY,
        **settings,
    }
    environment = given | {f"ROAMWATT_{name}": value for name, value in own.items()}
    out, err = folder / "out.log", folder / "err.log"
    process = start_verb(["serve"], environment=environment, out=out, err=err)
    try:
        async with asyncio.timeout(ENDS_WITHIN_S):
            code = await process.wait()
    finally:
        process.kill()
    return code, _but_for_the_log(err)


def _but_for_the_log(file: Path) -> str:
    return "\n".join(x for x in file.read_text().splitlines() if not x.startswith("{"))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_URL", f"postgresql://me:geheim@{HOST}:1/x", "the database cannot be reached"),
        ("DATABASE_URL", "sqlite:////no/such/folder/hub.db", "a folder that does not exist"),
        ("NATS_URL", f"nats://{HOST}:1", "the NATS server cannot be reached"),
        ("OCPP_TLS_CERTIFICATE", "/no/such/file.pem", "ROAMWATT_OCPP_TLS_CERTIFICATE: No such"),
        ("HTTP_BIND", "192.0.2.1:80", "HTTP cannot listen on 192.0.2.1:80"),
        ("OCPP_BIND", "192.0.2.1:80", "OCPP cannot listen on 192.0.2.1:80"),
    ],
)
async def test_what_is_not_there_is_told_in_one_line(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    code, said = await serve(tmp_path, **{name: value})
    last = said.splitlines()[-1]
    assert code == 2, said
    assert last.startswith("roamwatt: ")
    assert told in last
    assert "Traceback" not in said
    assert "geheim" not in said


async def test_a_database_nobody_made(tmp_path: Path, postgres_server: PostgresServer) -> None:
    code, said = await serve(tmp_path, DATABASE_URL=postgres_server.url("nobody_made_it"))
    assert (code, len(said.splitlines())) == (2, 1)
    assert "nobody_made_it" in said


@pytest.mark.parametrize("name", ["HTTP_BIND", "OCPP_BIND"])
async def test_a_port_in_use(tmp_path: Path, name: str) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, free_port()))
        taken.listen()
        where = f"{HOST}:{taken.getsockname()[1]}"
        code, said = await serve(tmp_path, **{name: where})
    assert code == 2
    assert f"cannot listen on {where}" in said.splitlines()[-1]
    assert "Traceback" not in said


async def test_whoever_waits_for_the_bus_can_be_stopped(tmp_path: Path) -> None:
    given = {name: value for name, value in os.environ.items() if "ROAMWATT_" not in name}
    with socket.socket() as silent:
        silent.bind((HOST, free_port()))
        silent.listen()
        own = {
            "ROAMWATT_DATABASE_URL": f"sqlite:///{tmp_path}/hub.db",
            "ROAMWATT_NATS_URL": f"nats://{HOST}:{silent.getsockname()[1]}",
            "ROAMWATT_SECRET_KEY": SECRET_KEY,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, *COMMAND[1:], "serve", cwd=ROOT, env=given | own,
            stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL,
        )  # fmt: skip
        silent.settimeout(0)
        async with asyncio.timeout(ENDS_WITHIN_S):
            caller, _ = await asyncio.get_running_loop().sock_accept(silent)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() in {0, -signal.SIGTERM}
        caller.close()
