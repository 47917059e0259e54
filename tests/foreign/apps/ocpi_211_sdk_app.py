"""ocpi-211-sdk as a partner: its client calls us, its types judge and read what we send.

The package has no server, so a small one of the standard library stands in front of its types.
Where the package deviates from OCPI 2.1.1 stands in docs/foreign-software.md.
"""

import json
import re
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
from ocpplab_ocpi_211 import OcpiClient
from ocpplab_ocpi_211 import types as sdk
from ocpplab_ocpi_211.core.pydantic_utilities import parse_obj_as
from own_site import MANY, Site, flat_place, now

ABOUT = json.loads(sys.argv[1])
SITE = Site(ABOUT)
SIDE = ABOUT["role"].lower()
TYPES = {"locations": sdk.Location, "tariffs": sdk.Tariff, "tokens": sdk.Token}
TYPES |= {"sessions": sdk.Session, "cdrs": sdk.Cdr}
PARTS = {"evses": sdk.Evse, "connectors": sdk.Connector}
GETS = {
    "locations": ("locations", "get_locations"), "tariffs": ("tariffs", "get_tariffs"),
    "tokens": ("tokens", "get_tokens"), "sessions": ("sessions", "get_sessions"),
    "cdrs": ("cd_rs", "get_cdrs"),
}  # fmt: skip
LOCK = threading.RLock()


class State:
    """All the app knows."""

    origin = ""
    invitations, accepted = set(), set()
    token, url, endpoints = "", "", {}
    told, results, asked = {}, {}, []


def versions_url():
    return f"{State.origin}/ocpi/{SIDE}/versions"


def client(url, module, token=None):
    """The package's client, whose paths begin with the module's name."""
    base = url.rstrip("/").removesuffix(f"/{module}")
    return OcpiClient(base_url=base, api_key=f"Token {token or State.token}", timeout=20)


def at(module):
    return client(State.endpoints[module], module)


def good(answer):
    """The data of an answer; raises unless OCPI says that it went well."""
    if isinstance(answer, dict):  # of DELETE credentials the package makes no object
        answer = sdk.BaseResponse(**answer)
    if answer.status_code >= 2000:
        raise ValueError(f"{answer.status_code} {answer.status_message}")
    return getattr(answer, "data", None)


def plain(document):
    return json.loads(document.json()) if hasattr(document, "json") else document


# Handshake


def learn(url, token):
    """Versions by the package; details by hand, since its Endpoint needs a role of 2.2.1."""
    listed = good(client(url, "versions", token).versions.get_versions())
    details = next(each.url for each in listed if each.version == "2.1.1")
    shown = httpx.get(details, headers={"Authorization": f"Token {token}"}).json()["data"]
    return {each["identifier"]: each["url"] for each in shown["endpoints"]}


def offer(method, token):
    """Send our credentials; both our tokens are good until the answer is there."""
    before, ours = set(State.accepted), secrets.token_hex(16)
    State.accepted = before | {ours}
    document = SITE.credentials(ours, versions_url())
    document["business_details"] = sdk.BusinessDetails(**document["business_details"])
    calls = client(State.endpoints["credentials"], "credentials", token).credentials
    answer = good(getattr(calls, f"{method}_credentials")(**document))
    State.token, State.url, State.accepted = answer.token, answer.url, {ours}
    return {}


def register(versions_url, token):
    State.endpoints = learn(versions_url, token)
    return offer("post", token)


def renew():
    State.endpoints = learn(State.url, State.token)
    return offer("put", State.token)


def leave():
    good(at("credentials").credentials.delete_credentials())
    State.token, State.endpoints, State.accepted = "", {}, set()
    return {}


def invite():
    token = secrets.token_hex(16)
    State.invitations.add(token)
    return {"token": token}


def taken(body):
    """Their credentials came: learn them, and give a token of ours."""
    theirs = parse_obj_as(sdk.Credentials, body)
    State.endpoints = learn(theirs.url, theirs.token)
    State.token, State.url = theirs.token, theirs.url
    token = secrets.token_hex(16)
    State.accepted = {token}
    return SITE.credentials(token, versions_url())


# What we ask and tell


def pull(module):
    group, name = GETS[module]
    found, offset = [], 0
    while True:
        calls = getattr(at(module), group).with_raw_response
        page = getattr(calls, name)(offset=offset, limit=1)
        found += [plain(each) for each in good(page.data)]
        offset += 1
        if "next" not in page.headers.get("link", ""):
            return found


def start(location_id, evse_uid, uid):
    wish = {"token": sdk.Token(**SITE.tokens[uid]), "location_id": location_id}
    return command("START_SESSION", "start_session", {**wish, "evse_uid": evse_uid})


def stop(session_id):
    return command("STOP_SESSION", "stop_session", {"session_id": session_id})


def command(name, method, wish):
    ident = secrets.token_hex(8)
    wish["response_url"] = f"{State.origin}/ocpi/{SIDE}/2.1.1/commands/{name}/{ident}"
    return {"id": ident, **plain(good(getattr(at("commands").commands, method)(**wish)))}


def push_location():
    document = SITE.location(1)
    typed = plain_types(document, sdk.Location)
    good(
        at("locations").locations.put_receiver_location(**owner("location_id", document), **typed)
    )


def owner(name, document):
    place = {"country_code": SITE.country, "party_id": SITE.party}
    return {**place, name: document.get("id") or document["uid"]}


def plain_types(document, kind):
    """The document's fields as the package's own objects, which its methods take."""
    read = parse_obj_as(kind, document)
    return {name: getattr(read, name) for name in document}


def push_session(ident):
    document = {**SITE.session(ident), "evse_uid": f"{SITE.party}-E1", "connector_id": "1"}
    typed = plain_types(document, sdk.Session)
    good(at("sessions").sessions.put_session_by_id(**owner("session_id", document), **typed))


def push_cdr(document):
    """With the flat location of 2.2.1, since the package knows no other."""
    document = {**document, "location": flat_place(document["location"])}
    good(at("cdrs").cd_rs.create_cdr(**plain_types(document, sdk.Cdr)))


def status(value):
    SITE.status, SITE.updated = value, now()
    push_location()
    return {}


def progress(ident, kwh):
    SITE.advance(ident, kwh)
    push_session(ident)
    return {}


def finish(ident, kwh):
    SITE.advance(ident, kwh, over=True)
    push_session(ident)
    push_cdr(SITE.cdrs[-1])
    return {}


def card(uid, whitelist="ALLOWED"):
    token = SITE.add_token(uid, whitelist)
    # The package asks for `token_type` and then sends `type` only, in body and address alike.
    place = {**owner("token_uid", token), "token_type": token["type"]}
    good(at("tokens").tokens.put_token(**place, **token))
    return {}


def received(module):
    return list(State.told.get(module, {}).values())


def result(ident):
    return State.results.get(ident, {})


def asked():
    return State.asked


def executed():
    return SITE.executed


def sessions():
    return list(SITE.sessions)


ORDERS = {
    each.__name__: each
    for each in (
        invite, register, renew, leave, pull, start, stop, result, received, asked, executed,
        status, progress, finish, sessions, card,
    )
}  # fmt: skip


# What we are asked and told


def owned(module):
    lists = {
        "tokens": lambda: list(SITE.tokens.values()),
        "locations": lambda: [SITE.location(n) for n in range(1, MANY + 1)],
        "tariffs": lambda: [SITE.tariff()],
        "sessions": lambda: [SITE.session(ident) for ident in SITE.sessions],
        "cdrs": lambda: SITE.cdrs,
    }
    mine = ("tokens",) if ABOUT["role"] == "EMSP" else ("locations", "tariffs", "sessions", "cdrs")
    return lists[module]() if module in mine else []


def execute(name, wish):
    """A command of theirs: answered at once, done a moment later."""
    SITE.executed.append([name, wish])
    threading.Thread(target=carry_out, args=(name, wish), daemon=True).start()
    return {"result": "ACCEPTED", "timeout": 30}


def carry_out(name, wish):
    time.sleep(0.2)
    base, ident = wish["response_url"].rsplit("/", 1)
    calls = client(re.sub(r"/commands/.*", "/commands", base), "commands").commands
    calls.sender_commands_uid(name, ident, result="ACCEPTED")  # gives nothing back
    if name == "START_SESSION":
        push_session(SITE.begin(wish))
    elif name == "STOP_SESSION":
        finish(wish["session_id"], SITE.sessions[wish["session_id"]]["kwh"])


def keep(module, ids, method, body):
    """An object of theirs, or a part of one, read by the package's types."""
    held = State.told.setdefault(module, {})
    if method == "POST":
        held[body["id"]] = plain(parse_obj_as(TYPES[module], body))
        return body
    if method == "PATCH":
        target = held[ids[0]]
        for level, name in zip(("evses", "connectors"), ids[1:], strict=False):
            target = next(e for e in target[level] if name in (e.get("uid"), e.get("id")))
        target.update(body)
        return None
    if len(ids) > 1:
        raise KeyError("whole locations are kept only")
    held[ids[0]] = plain(parse_obj_as(TYPES[module], body))
    return None


class Handler(BaseHTTPRequestHandler):
    """OCPI at /ocpi, our orders at /control."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def serve(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        path = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
        try:
            if path[0] == "control":
                self.say(200, ORDERS[path[1]](**(body or {})))
                return
            with LOCK:
                self.envelope(*self.ocpi(path[2:], body))
        except KeyError as error:
            self.envelope(404, None, 2000, repr(error))
        except Exception as error:  # noqa: BLE001 - whatever it was, the test wants to read it
            sys.stderr.write(f"refused {self.command} {self.path}: {error!r} {body}\n")
            self.envelope(500, None, 3000, repr(error))

    def ocpi(self, path, body):  # noqa: C901, PLR0911 - a table of addresses
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Token" or token not in State.accepted | State.invitations:
            return 401, None, 2001, "unknown token"
        base = f"{State.origin}/ocpi/{SIDE}/2.1.1"
        match path:
            case ["versions"]:
                return 200, [{"version": "2.1.1", "url": base}]
            case ["2.1.1"]:
                names = ("credentials", "commands", *TYPES)
                listed = [{"identifier": name, "url": f"{base}/{name}"} for name in names]
                return 200, {"version": "2.1.1", "endpoints": listed}
            case ["2.1.1", "credentials"]:
                return self.credentials(token, body)
            case ["2.1.1", "commands", name]:
                return 200, execute(name, body)
            case ["2.1.1", "commands", _, ident]:
                State.results[ident] = body
                return 200, None
            case ["2.1.1", "tokens", uid, "authorize"]:
                State.asked.append(uid)
                return 200, {"allowed": "ALLOWED"}
            case ["2.1.1", module] if self.command == "GET":
                return self.listed(owned(module))
            case ["2.1.1", module, *ids] if module in TYPES:
                return 200, keep(module, ids[2:], self.command, body)
        raise KeyError(path)

    def credentials(self, token, body):
        if self.command == "DELETE":
            State.token, State.endpoints, State.accepted = "", {}, set()
            return 200, None
        if (self.command == "PUT") != (token in State.accepted):
            return 405, None, 2000, "not now"
        return 200, taken(body)

    def listed(self, documents):
        query = {k: v[-1] for k, v in parse_qs(urlsplit(self.path).query).items()}
        first, most = int(query.get("offset", 0)), min(int(query.get("limit", 50)), 50)
        headers = {"X-Total-Count": str(len(documents)), "X-Limit": "50"}
        if first + most < len(documents):
            path = urlsplit(self.path).path
            url = f"{State.origin}{path}?offset={first + most}&limit={most}"
            headers["Link"] = f'<{url}>; rel="next"'
        return 200, documents[first : first + most], 1000, "", headers

    def envelope(self, http, data=None, *more):
        code, message, headers = (*more, *(1000, "", None)[len(more) :])
        envelope = {"status_code": code, "status_message": message, "timestamp": now()}
        self.say(http, envelope | ({} if data is None else {"data": data}), headers)

    def say(self, http, content, headers=None):
        body = json.dumps(content).encode()
        self.send_response(http)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
State.origin = f"http://127.0.0.1:{server.server_port}"
print(json.dumps({"origin": State.origin, "versions_url": versions_url()}), flush=True)  # noqa: T201
server.serve_forever()
