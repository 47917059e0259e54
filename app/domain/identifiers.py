"""Names of parties, EVSEs and tokens as people write them, in one comparable form."""

import re
from dataclasses import dataclass
from functools import lru_cache

from app.domain.errors import InvalidInput

_PARTY = re.compile(r"^([A-Za-z]{2})[-*]?([A-Za-z0-9]{3})$")
_STATION_ID = re.compile(r"[A-Za-z0-9*_=+|@.~-]{1,48}")
_EVSE_ID = re.compile(r"^[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?E[A-Za-z0-9*]{1,30}$")


@dataclass(frozen=True, slots=True, order=True)
class PartyId:
    """A party of OCPI: ISO 3166-1 alpha-2 country and three letters or digits, upper case.

    Source: OCPI 2.2.1, Credentials, CredentialsRole class.
    """

    country: str
    code: str

    @classmethod
    def parse(cls, text: str) -> "PartyId":
        """Read `NL-RW1`, `NL*RW1` or `NLRW1`; raises InvalidInput."""
        match = _PARTY.fullmatch(text.strip())
        if match is None:
            raise InvalidInput("party", f"{text!r} is no party id such as NL-RW1")
        return cls(match[1].upper(), match[2].upper())

    @classmethod
    @lru_cache(maxsize=10_000)
    def of(cls, country: str, code: str) -> "PartyId":
        """Build from the two fields of an OCPI object; raises InvalidInput."""
        return cls.parse(f"{country}-{code}")

    def __str__(self) -> str:
        return f"{self.country}-{self.code}"


def evse_id_key(evse_id: str) -> str:
    """The comparable form of an EVSE id: upper case, without separators.

    `DE*ABC*E1234*1` and `DEABCE12341` name the same EVSE (eMI3, EVSE-ID).
    """
    return evse_id.replace("*", "").replace(" ", "").upper()


def is_evse_id(text: str) -> bool:
    """Whether the text has the form of an eMI3 EVSE id."""
    return bool(_EVSE_ID.fullmatch(text))


def is_station_id(text: str) -> bool:
    """Whether a charger can go by this name: it is part of an address, and of HTTP Basic.

    A colon would end the user name there. Source: OCPP 2.0.1 Part 4, 3.1.1; identifierString.
    """
    return bool(_STATION_ID.fullmatch(text))


def token_key(uid: str) -> str:
    """The comparable form of a token uid: upper case, without the separators readers put in."""
    return uid.replace(":", "").replace("-", "").replace(" ", "").upper()
