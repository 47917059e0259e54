"""In-memory data behind extrawest-ocpi: its Crud and Authenticator, and what it was told."""

# ruff: noqa: ARG003, A002 - the library calls with these names
import secrets

from own_site import MANY
from py_ocpi.core.authentication.authenticator import Authenticator
from py_ocpi.core.crud import Crud
from py_ocpi.core.enums import Action, ModuleID


class State:
    """All the app knows. `site` is what we own; tokens A and C as OCPI names them."""

    def __init__(self):
        self.site = None
        self.versions_url = ""
        self.invitations, self.accepted = set(), set()
        self.peer = {}
        self.told = {}
        self.results, self.asked = {}, []
        self.after = []
        """What is to be done once a command was answered."""

    def give_token(self):
        """A new token C; the older ones end."""
        token = secrets.token_hex(16)
        self.accepted = {token}
        return token


STATE = State()


class Tokens(Authenticator):
    """Who may call."""

    @classmethod
    async def get_valid_token_c(cls):
        return list(STATE.accepted)

    @classmethod
    async def get_valid_token_a(cls):
        return list(STATE.invitations)


def _own(module):
    site = STATE.site
    if site.role == "EMSP":
        return list(site.tokens.values()) if module == ModuleID.tokens else []
    lists = {
        ModuleID.locations: lambda: [site.location(n) for n in range(1, MANY + 1)],
        ModuleID.tariffs: lambda: [site.tariff()],
        ModuleID.sessions: lambda: [site.session(ident) for ident in site.sessions],
        ModuleID.cdrs: lambda: site.cdrs,
    }
    return lists.get(module, list)()


def _key(document):
    return str(document.get("uid") or document["id"]).lower()


class Memory(Crud):
    """The library's way to data. What others own is in `told`, by module and lower-case id."""

    @classmethod
    async def get(cls, module, role, id, *args, **kwargs):
        if module == ModuleID.credentials_and_registration:
            return STATE.site.credentials(id, STATE.versions_url) if STATE.peer else None
        if module == ModuleID.commands:
            return {"result": "ACCEPTED"}
        wanted = str(id).lower()
        mine = [each for each in _own(module) if _key(each) == wanted]
        return mine[0] if mine else STATE.told.get(module.value, {}).get(wanted)

    @classmethod
    async def list(cls, module, role, filters, *args, **kwargs):
        mine = _own(module)
        first, most = filters["offset"], filters["limit"]
        return mine[first : first + most], len(mine), first + most >= len(mine)

    @classmethod
    async def create(cls, module, role, data, *args, **kwargs):
        if module == ModuleID.credentials_and_registration:
            return cls._registered(data)
        STATE.told.setdefault(module.value, {})[_key(data)] = data
        return data

    @classmethod
    async def update(cls, module, role, data, id, *args, **kwargs):
        if module == ModuleID.credentials_and_registration:
            return cls._registered(data)
        if module == ModuleID.commands:
            STATE.results[id] = data
            return data
        return await cls.create(module, role, data)

    @classmethod
    def _registered(cls, data):
        STATE.peer = {**data["credentials"], "endpoints": data["endpoints"]["endpoints"]}
        return STATE.site.credentials(STATE.give_token(), STATE.versions_url)

    @classmethod
    async def delete(cls, module, role, id, *args, **kwargs):
        if module == ModuleID.credentials_and_registration:
            STATE.peer, STATE.accepted = {}, set()
            return
        STATE.told.get(module.value, {}).pop(str(id).lower(), None)

    @classmethod
    async def do(cls, module, role, action, *args, data=None, command=None, **kwargs):
        if action == Action.get_client_token:
            return STATE.peer["token"]
        if action == Action.authorize_token:
            return cls._authorized(data)
        wish = data if data is not None else args[0]
        STATE.site.executed.append([command.value, wish])
        STATE.after.append([command.value, wish])
        return {"result": "ACCEPTED", "timeout": 30}

    @classmethod
    def _authorized(cls, data):
        uid = data["token_uid"]
        STATE.asked.append(uid)
        known = {key.lower(): token for key, token in STATE.site.tokens.items()}
        token = known[uid.lower()]
        answer = {"allowed": "ALLOWED"}
        return answer if STATE.site.is_old else {**answer, "token": token}
