"""extrawest-ocpi as a partner: the library's server, and our orders to it beside.

What the library has of its own is used: its routers, schemas and its pushes. It has no client for
registering, pulling and commanding, so these are a few lines here; what they get is read by the
library's schemas. Where it deviates from OCPI stands in docs/foreign-software.md.
"""

import asyncio
import json
import os
import socket
import sys

ABOUT = json.loads(sys.argv[1])
LISTENER = socket.socket()
LISTENER.bind(("127.0.0.1", 0))
HOST = f"127.0.0.1:{LISTENER.getsockname()[1]}"
# The library reads its settings when it is imported.
os.environ |= {"OCPI_HOST": HOST, "PROTOCOL": "http", "COUNTRY_CODE": ABOUT["country"]}
os.environ |= {"PARTY_ID": ABOUT["party"], "ENVIRONMENT": "development"}

import uvicorn  # noqa: E402
from extrawest_store import STATE, Memory, Tokens  # noqa: E402
from fastapi import FastAPI, Request  # noqa: E402
from fastapi.exception_handlers import request_validation_exception_handler  # noqa: E402
from fastapi.exceptions import RequestValidationError  # noqa: E402
from fastapi.responses import PlainTextResponse  # noqa: E402
from httpx import AsyncClient  # noqa: E402
from own_site import Site  # noqa: E402
from py_ocpi.core import endpoints  # noqa: E402
from py_ocpi.core.adapter import BaseAdapter  # noqa: E402
from py_ocpi.core.endpoints.v_2_1_1.utils import cpo_generator as cpo_211  # noqa: E402
from py_ocpi.core.endpoints.v_2_2_1.utils import cpo_generator as cpo_221  # noqa: E402
from py_ocpi.core.enums import ModuleID, RoleEnum  # noqa: E402
from py_ocpi.core.push import push_object  # noqa: E402
from py_ocpi.core.schemas import Push  # noqa: E402
from py_ocpi.core.utils import encode_string_base64, get_module_model  # noqa: E402
from py_ocpi.main import get_application  # noqa: E402
from py_ocpi.modules.versions.enums import VersionNumber  # noqa: E402
from py_ocpi.modules.versions.v_2_2_1.enums import InterfaceRole  # noqa: E402

VERSION = VersionNumber(ABOUT["version"])
ROLE = RoleEnum(ABOUT["role"])
OLD = ABOUT["version"] == "2.1.1"
FROM_CPO = {"locations", "sessions", "cdrs", "tariffs"}
MODEL = {"locations": "Location", "tariffs": "Tariff", "cdrs": "Cdr", "sessions": "Session"}
MODULES = [
    ModuleID.credentials_and_registration, ModuleID.locations, ModuleID.sessions, ModuleID.cdrs,
    ModuleID.tariffs, ModuleID.tokens, ModuleID.commands,
]  # fmt: skip

# The library serves commands as a CPO, but does not list them among its endpoints.
_commands = (
    cpo_211.generate_endpoint(ModuleID.commands)
    if OLD
    else cpo_221.generate_endpoint(ModuleID.commands, InterfaceRole.receiver)
)
endpoints.ENDPOINTS[VERSION][RoleEnum.cpo][ModuleID.commands] = _commands

app: FastAPI = get_application(
    version_numbers=[VERSION],
    roles=[ROLE],
    crud=Memory,
    modules=MODULES,
    authenticator=Tokens,
)
STATE.site = Site(ABOUT)
STATE.versions_url = f"http://{HOST}/ocpi/versions"


class Refused(Exception):
    """The other side said no."""


async def ask(method, url, token, body=None):
    """One request to the other side, whose answer has to be a good one."""
    shown = token if OLD else encode_string_base64(token)
    async with AsyncClient(timeout=20) as http:
        answer = await http.request(
            method, url, json=body, headers={"Authorization": f"Token {shown}"}
        )
    if answer.status_code >= 300 or answer.json()["status_code"] >= 2000:
        raise Refused(f"{method} {url}: HTTP {answer.status_code} {answer.text[:1500]}")
    return answer


def endpoint(module, interface):
    """Where the other side has a module; 2.1.1 does not say which interface it is."""
    for each in STATE.peer["endpoints"]:
        fits = OLD or module == "credentials" or each["role"] == interface
        if each["identifier"] == module and fits:
            return each["url"]
    raise Refused(f"no {module} {interface}")


async def learn(url, token):
    """Their endpoints in our version."""
    listed = (await ask("GET", url, token)).json()["data"]
    details = next(each["url"] for each in listed if each["version"] == VERSION.value)
    return details, (await ask("GET", details, token)).json()["data"]["endpoints"]


async def exchange(method, token):
    """Our half of a handshake; both our tokens are good until the other side has answered."""
    before, ours = set(STATE.accepted), STATE.give_token()
    STATE.accepted |= before
    document = STATE.site.credentials(ours, STATE.versions_url)
    answer = await ask(method, endpoint("credentials", "SENDER"), token, document)
    STATE.accepted = {ours}
    STATE.peer |= answer.json()["data"]
    return {}


async def register(versions_url, token):
    details, found = await learn(versions_url, token)
    STATE.peer = {"endpoints": found, "url": versions_url, "details": details}
    return await exchange("POST", token)


async def renew():
    return await exchange("PUT", STATE.peer["token"])


async def leave():
    await ask("DELETE", endpoint("credentials", "SENDER"), STATE.peer["token"])
    STATE.peer, STATE.accepted = {}, set()
    return {}


async def invite():
    token = os.urandom(16).hex()
    STATE.invitations.add(token)
    return {"token": token}


async def pull(module):
    """All pages, each object read by the library's own schema."""
    url, found = endpoint(module, "SENDER") + "?limit=1", []
    name = {"tokens": "Token", **MODEL}[module]
    model = get_module_model(name, module, VERSION.name)
    while url:
        page = await ask("GET", url, STATE.peer["token"])
        found += [json.loads(model(**each).json()) for each in page.json()["data"]]
        url = page.links.get("next", {}).get("url")
    return found


async def push(module, ident):
    """By the library's own push, which first reads the other side's endpoints again."""
    url = STATE.peer.get("details") or (await learn(STATE.peer["url"], STATE.peer["token"]))[0]
    receiver = {"endpoints_url": url, "auth_token": STATE.peer["token"]}
    wish = Push(module_id=module, object_id=ident, receivers=[receiver])
    done = await push_object(VERSION, wish, Memory, BaseAdapter)
    answer = done.receiver_responses[0]
    if answer.status_code >= 300 or answer.response.get("status_code", 1000) >= 2000:
        raise Refused(f"push of {module} {ident}: {answer}")
    return {"http": answer.status_code, "said": dict(answer.response)}


async def command(name, wish):
    ident = os.urandom(8).hex()
    wish["response_url"] = f"http://{HOST}/ocpi/emsp/{VERSION.value}/commands/{ident}"
    url = f"{endpoint('commands', 'RECEIVER').rstrip('/')}/{name}"
    model = get_module_model("CommandResponse", "commands", VERSION.name)
    answer = await ask("POST", url, STATE.peer["token"], wish)
    return {"id": ident, **json.loads(model(**answer.json()["data"]).json())}


async def start(location_id, evse_uid, uid):
    wish = {"token": STATE.site.tokens[uid], "location_id": location_id, "evse_uid": evse_uid}
    return await command("START_SESSION", wish)


async def stop(session_id):
    return await command("STOP_SESSION", {"session_id": session_id})


async def result(ident):
    found = STATE.results.get(ident)
    return json.loads(json.dumps(found, default=str)) if found else {}


async def received(module):
    return list(STATE.told.get(module, {}).values())


async def asked():
    return STATE.asked


async def executed():
    return STATE.site.executed


async def status(value):
    STATE.site.status, STATE.site.updated = value, STATE.site.location()["last_updated"]
    return await push("locations", STATE.site.location()["id"])


async def progress(ident, kwh):
    STATE.site.advance(ident, kwh)
    return await push("sessions", ident)


async def finish(ident, kwh):
    """The session is over: the session, then its bill, are pushed."""
    STATE.site.advance(ident, kwh, over=True)
    await push("sessions", ident)
    bill = STATE.site.cdrs[-1]
    if OLD:  # the library's 2.1.1 names the end as 2.2.1 does
        bill["end_date_time"] = bill.pop("stop_date_time")
    return await push("cdrs", bill["id"])


async def sessions():
    return list(STATE.site.sessions)


async def card(uid, whitelist="ALLOWED"):
    STATE.site.add_token(uid, whitelist)
    return await push("tokens", uid)


ORDERS = {
    each.__name__: each
    for each in (
        invite, register, renew, leave, pull, push, start, stop, result, received, asked,
        executed, status, progress, finish, sessions, card,
    )
}  # fmt: skip


@app.post("/control/{order}", include_in_schema=False)
async def control(order: str, request: Request):
    """Our own door beside the library's."""
    try:
        return await ORDERS[order](**await request.json())
    except Exception as error:  # noqa: BLE001 - whatever it was, the test wants to read it
        return PlainTextResponse(repr(error), status_code=500)


@app.exception_handler(RequestValidationError)
async def tell_why(request, error):
    """As the framework does by itself; the log of the app says what was wrong with what."""
    sys.stderr.write(f"refused {request.method} {request.url}: {error} {error.body}\n")
    return await request_validation_exception_handler(request, error)


async def work():
    """Does what a command asked for, after it was answered."""
    while True:
        await asyncio.sleep(0.1)
        while STATE.after:
            name, wish = STATE.after.pop(0)
            if name == "START_SESSION":
                ident = STATE.site.begin(wish)
                await push("sessions", ident)
            elif name == "STOP_SESSION":
                ident = next(i for i in STATE.site.sessions if i == wish["session_id"])
                await finish(ident, STATE.site.sessions[ident]["kwh"])


async def main():
    LISTENER.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="info", lifespan="off"))
    ready = {"origin": f"http://{HOST}", "versions_url": STATE.versions_url}
    print(json.dumps(ready), flush=True)  # noqa: T201 - how the test learns where we are
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(work())
        await server.serve(sockets=[LISTENER])
        working.cancel()


asyncio.run(main())
