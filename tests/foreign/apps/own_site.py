"""What the foreign apps own, in the words of 2.1.1 or 2.2.1; standard library only.

Written by the specification's tables and not by our product's code, so that two readings meet.
The price is energy only: 0.40 a kWh before tax.
"""

import secrets
from datetime import UTC, datetime

PRICE = 0.40
MANY = 120
"""How many locations a CPO has, more than our client asks for in one page."""


def now():
    """The present moment as OCPI writes it, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Site:
    """The objects of one party. `about` is what the app was started with."""

    def __init__(self, about):
        self.version, self.country, self.party = about["version"], about["country"], about["party"]
        self.name, self.role = about["name"], about["role"]
        self.status, self.updated = "AVAILABLE", now()
        self.sessions, self.cdrs, self.executed = {}, [], []
        self.tokens = {}
        if self.role == "EMSP":
            for number in (1, 2, 3):
                self.add_token(f"{self.party}-CARD-{number}")

    @property
    def latitude(self):
        """Every party has its own, half a degree from the next one."""
        return f"{40 + int(self.party[1:]) / 2:.6f}"

    @property
    def is_old(self):
        """Whether objects are 2.1.1's."""
        return self.version == "2.1.1"

    def owned(self, document):
        """With the owner, where the version has it in the object."""
        if self.is_old:
            return document
        return {"country_code": self.country, "party_id": self.party, **document}

    def add_token(self, uid, whitelist="ALLOWED"):
        """A card of ours."""
        contract = f"{self.country}-{self.party}-C{len(self.tokens) + 1:08d}-1"
        named = {"auth_id": contract} if self.is_old else {"contract_id": contract}
        self.tokens[uid] = self.owned(
            {"uid": uid, "type": "RFID", **named, "visual_number": uid, "issuer": self.name}
            | {"valid": True, "whitelist": whitelist, "last_updated": now()}
        )
        return self.tokens[uid]

    def role_document(self):
        """Our role, as credentials list it."""
        business = {"name": self.name}
        flat = {"business_details": business, "party_id": self.party, "country_code": self.country}
        return flat if self.is_old else {"role": self.role, **flat}

    def credentials(self, token, url):
        """Our Credentials object."""
        role = self.role_document()
        return {"token": token, "url": url, **(role if self.is_old else {"roles": [role]})}

    def connector(self):
        """The one connector of an EVSE."""
        power = {"voltage": 400, "amperage": 32, "tariff_id": f"{self.party}-T1"}
        if not self.is_old:
            power = {"max_voltage": 400, "max_amperage": 32, "tariff_ids": [f"{self.party}-T1"]}
        plug = {"id": "1", "standard": "IEC_62196_T2", "format": "SOCKET"}
        return {**plug, "power_type": "AC_3_PHASE", **power, "last_updated": self.updated}

    def evse(self, number):
        """The one EVSE of a location; that of the first one has the status of the moment."""
        return {
            "uid": f"{self.party}-E{number}",
            "evse_id": f"{self.country}*{self.party}*E{number:04d}",
            "status": self.status if number == 1 else "AVAILABLE",
            "capabilities": ["REMOTE_START_STOP_CAPABLE", "RFID_READER"],
            "connectors": [self.connector()],
            "last_updated": self.updated,
        }

    def location(self, number=1):
        """One of our locations."""
        typed = {"type": "ON_STREET"} if self.is_old else {"publish": True}
        return self.owned(
            {"id": f"{self.party}-L{number}", **typed, "name": f"Foreign {number}"}
            | {"address": f"Hauptstraße {number}", "city": "Köln", "postal_code": "50667"}
            | {"country": "DEU", "time_zone": "Europe/Berlin", "evses": [self.evse(number)]}
            | {"coordinates": {"latitude": self.latitude, "longitude": f"6.9{number:03d}00"}}
            | {"last_updated": self.updated}
        )

    def tariff(self):
        """The tariff of all our connectors."""
        component = {"type": "ENERGY", "price": PRICE, "step_size": 1}
        elements = [{"price_components": [component]}]
        named = {"id": f"{self.party}-T1", "currency": "EUR"}
        return self.owned({**named, "elements": elements, "last_updated": self.updated})

    def begin(self, command):
        """A session, as a START_SESSION asks for it."""
        token = command["token"]
        ident = secrets.token_hex(8)
        self.sessions[ident] = {
            "id": ident, "token": token, "begun": now(), "ended": None, "kwh": 0.0,
            "status": "ACTIVE", "reference": command.get("authorization_reference"),
        }  # fmt: skip
        self.status, self.updated = "CHARGING", now()
        return ident

    def advance(self, ident, kwh, *, over=False):
        """So much energy by now; perhaps it was the last."""
        session = self.sessions[ident]
        session["kwh"] = kwh
        if over:
            session["ended"], session["status"] = now(), "COMPLETED"
            self.status, self.updated = "AVAILABLE", now()
            self.cdrs.append(self.cdr(ident))

    def _who(self, session):
        token = session["token"]
        if self.is_old:
            return {"auth_id": token["auth_id"], "auth_method": "AUTH_REQUEST"}
        names = ("country_code", "party_id", "uid", "type", "contract_id")
        named = {"cdr_token": {name: token[name] for name in names}, "auth_method": "COMMAND"}
        reference = session["reference"]
        return {**named, "authorization_reference": reference} if reference else named

    def _cost(self, kwh):
        return round(kwh * PRICE, 4) if self.is_old else {"excl_vat": round(kwh * PRICE, 4)}

    def _periods(self, session):
        dimension = {"type": "ENERGY", "volume": session["kwh"]}
        return [{"start_date_time": session["begun"], "dimensions": [dimension]}]

    def session(self, ident):
        """The Session object."""
        session = self.sessions[ident]
        begin, end = ("start_datetime", "end_datetime")
        place = {"location": self.location(1)}
        if not self.is_old:
            begin, end = ("start_date_time", "end_date_time")
            place = {"location_id": f"{self.party}-L1", "evse_uid": f"{self.party}-E1"}
            place["connector_id"] = "1"
        ended = {end: session["ended"]} if session["ended"] else {}
        return self.owned(
            {"id": ident, begin: session["begun"], **ended, "kwh": session["kwh"]}
            | {**self._who(session), **place, "currency": "EUR"}
            | {"charging_periods": self._periods(session), "status": session["status"]}
            | {"total_cost": self._cost(session["kwh"]), "last_updated": now()}
        )

    def cdr(self, ident):
        """The bill of a session that is over."""
        session = self.sessions[ident]
        stop = "stop_date_time" if self.is_old else "end_date_time"
        place = {"location": self.location(1)} if self.is_old else self._cdr_location()
        spoken = {} if self.is_old else {"session_id": ident}
        return self.owned(
            {"id": f"CDR-{ident}", "start_date_time": session["begun"], stop: session["ended"]}
            | {**spoken, **self._who(session), **place, "currency": "EUR"}
            | {"tariffs": [self.tariff()], "charging_periods": self._periods(session)}
            | {"total_cost": self._cost(session["kwh"]), "total_energy": session["kwh"]}
            | {"total_time": 0.5, "last_updated": now()}
        )

    def _cdr_location(self):
        return {"cdr_location": flat_place(self.location(1))}


def flat_place(location):
    """A CdrLocation, made of a location with one EVSE and one connector."""
    kept = ("id", "name", "address", "city", "postal_code", "country", "coordinates")
    evse = location["evses"][0]
    connector = evse["connectors"][0]
    return {
        **{name: location[name] for name in kept},
        "evse_uid": evse["uid"],
        "evse_id": evse["evse_id"],
        "connector_id": connector["id"],
        "connector_standard": connector["standard"],
        "connector_format": connector["format"],
        "connector_power_type": connector["power_type"],
    }
