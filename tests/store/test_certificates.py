"""Certificates and authorities on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.certificates import CertificateState, ChargerCertificate, SigningUse
from app.domain.errors import StaleVersion
from app.domain.identifiers import PartyId
from app.store.certificates import Authority
from app.store.ids import new_id
from app.store.transaction import Store
from tests.support.clock import NOON

CPO, OTHER = PartyId("NL", "RW1"), PartyId("DE", "OTH")


def a_certificate(station: str = "CP1", **fields: object) -> ChargerCertificate:
    wanted = ChargerCertificate(
        new_id(), station, SigningUse.CHARGING_STATION, CertificateState.WANTED, NOON, "csr"
    )
    return replace(wanted, **fields)  # type: ignore[arg-type]


async def test_certificates_are_found_by_what_they_are_asked_for(store: Store) -> None:
    first = a_certificate(serial="AB12", due_at=NOON)
    second = a_certificate("cp1", use=SigningUse.V2G, due_at=NOON + timedelta(hours=1))
    async with store.transaction() as tx:
        for each in (first, second, a_certificate("CP2", state=CertificateState.SIGNED)):
            await tx.certificates.add(each)
    async with store.reading() as tx:
        found = tx.certificates
        assert await found.by_serial("AB12") == first
        assert await found.by_serial("AB") is None
        assert await found.of_station("Cp1") == [second, first]
        assert await found.of_station("CP1", use=SigningUse.V2G) == [second]
        assert await found.ending(NOON, 9) == [first]
        assert len(await found.in_states(CertificateState.WANTED, limit=9)) == 2


async def test_nobody_writes_over_what_he_has_not_read(store: Store) -> None:
    known = a_certificate()
    async with store.transaction() as tx:
        await tx.certificates.add(known)
        await tx.certificates.save(replace(known, serial="1"))
        with pytest.raises(StaleVersion):
            await tx.certificates.save(known)


async def test_the_newest_authority_of_an_operator_comes_first(store: Store) -> None:
    made = [
        Authority(new_id(), str(party), "PEM", "sealed", NOON, NOON) for party in (CPO, CPO, OTHER)
    ]
    async with store.transaction() as tx:
        for each in made:
            await tx.authorities.add(each)
    async with store.reading() as tx:
        assert await tx.authorities.list(CPO) == [made[1], made[0]]
        assert len(await tx.authorities.list()) == 3
