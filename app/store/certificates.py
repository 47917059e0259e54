"""Certificates of chargers in the database, and the authorities of the house that sign them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Field

from app.domain.certificates import CertificateState, ChargerCertificate, SigningUse
from app.domain.identifiers import PartyId
from app.store.columns import Document, Utc
from app.store.repository import DocumentRepository, VersionedRepository
from app.store.rows import Row
from app.store.statements import table_of


class CertificateRow(Row, table=True):
    """A certificate of a charger; `due_at` is set while something is still to be done."""

    __tablename__ = "charger_certificates"

    id: str = Field(primary_key=True, max_length=36)
    station: str = Field(max_length=255, index=True)
    state: str = Field(max_length=12)
    serial: str | None = Field(default=None, max_length=64, index=True)
    due_at: datetime | None = Field(default=None, sa_type=Utc, index=True)
    version: int = 0
    document: str = Field(sa_type=Document)


class AuthorityRow(Row, table=True):
    """A certificate authority of the house; its key is sealed."""

    __tablename__ = "certificate_authorities"

    id: str = Field(primary_key=True, max_length=36)
    party: str = Field(max_length=8, index=True)
    created_at: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority of the house: its certificate (PEM), and its key, sealed for its id."""

    id: str
    party: str
    certificate: str
    sealed_key: str
    created_at: datetime
    not_after: datetime


CERTIFICATES, AUTHORITIES = table_of(CertificateRow), table_of(AuthorityRow)

_BY_SERIAL = (
    select(CERTIFICATES.c.document).where(CERTIFICATES.c.serial == bindparam("of_serial")).limit(1)
)


class Certificates(VersionedRepository[ChargerCertificate]):
    """Certificates of chargers by id."""

    row = CertificateRow
    shape = ChargerCertificate
    noun = "certificate"

    def columns(self, value: ChargerCertificate) -> dict[str, Any]:
        """The columns certificates are found by."""
        return {
            "id": value.id,
            "station": value.station_id.casefold(),
            "state": value.state.value,
            "serial": value.serial,
            "due_at": value.due_at,
            "version": value.version,
        }

    async def by_serial(self, serial: str) -> ChargerCertificate | None:
        """The certificate of this serial number (hex, upper case), None when it is not ours."""
        found = await self._all(_BY_SERIAL, {"of_serial": serial})
        return found[0] if found else None

    async def of_station(
        self, station_id: str, *, use: SigningUse | None = None, limit: int | None = None
    ) -> list[ChargerCertificate]:
        """A charger's certificates, the newest first."""
        mine = CERTIFICATES.c.station == station_id.casefold()
        found = await self._many(mine, order=CERTIFICATES.c.id.desc(), limit=limit)
        return [each for each in found if use in {None, each.use}]

    async def ending(self, before: datetime, limit: int) -> list[ChargerCertificate]:
        """Certificates in use with something to be done by then, the longest due first."""
        due = CERTIFICATES.c.due_at <= before
        return await self._many(due, order=CERTIFICATES.c.due_at, limit=limit)

    async def in_states(self, *states: CertificateState, limit: int) -> list[ChargerCertificate]:
        """Certificates in these states, the oldest first."""
        named = CERTIFICATES.c.state.in_([state.value for state in states])
        return await self._many(named, limit=limit)


class Authorities(DocumentRepository[Authority]):
    """Authorities of the house by id."""

    row = AuthorityRow
    shape = Authority
    noun = "certificate authority"

    def columns(self, value: Authority) -> dict[str, Any]:
        """The columns authorities are found by."""
        return {"id": value.id, "party": value.party, "created_at": value.created_at}

    async def list(self, party: PartyId | None = None) -> list[Authority]:
        """The authorities (of an operator), the newest first."""
        mine = () if party is None else (AUTHORITIES.c.party == str(party),)
        return await self._many(*mine, order=AUTHORITIES.c.id.desc())
