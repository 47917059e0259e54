"""Signed meter values are kept byte for byte, checked as they come, and again by another key."""

from dataclasses import replace

import pytest

from app.domain.device_model import Attribute, Variable, VariableName, VariablesRead
from app.domain.errors import InvalidInput, NotFound
from app.domain.events import DomainEvent, MeterKeysChanged
from app.domain.metering import Reading, ReadingContext
from app.domain.sessions import SessionFlag
from app.domain.signed_meters import KeyTrust, SignedText, SignedVerdict
from app.domain.stations import Address, Phase
from app.domain.units import Kwh
from app.use_cases.live_stations import LiveStation
from app.use_cases.station_news import StationReports
from tests.support.chargers import TAG, V16, V201, Floor, at, shows
from tests.support.signing import SigningMeter
from tests.support.transactions import END

BEGIN = ReadingContext.BEGIN


def signed(seconds: int, wh: int, context: ReadingContext, *texts: SignedText) -> Reading:
    return replace(shows(seconds, wh, context), signed=texts)


async def charged(floor: Floor, live: LiveStation, begin: SignedText, end: SignedText) -> str:
    """A session of 1.5 kWh with these texts; gives its id."""
    start = (signed(0, 1_000, BEGIN, begin),)
    number = str((await floor.start(live, readings=start)).number)
    last = (signed(60, 2_500, END, begin, end),)
    await floor.tell(live, Phase.ENDED, 60, transaction=number, readings=last)
    return (await floor.session(live, number)).id


@pytest.mark.parametrize("protocol", [V16, V201])
async def test_a_key_that_comes_along_is_learned(floor: Floor, protocol: str) -> None:
    """P-118, P-192: byte for byte in the table, in the CDR, and after a restart."""
    await floor.furnish()
    live = await floor.connect(protocol)
    meter = SigningMeter()
    begin = meter.v2(meter.signs(("B", "1.0")))
    end = meter.v2(meter.signs(("E", "2.5")), with_key=False)
    begun = (signed(0, 1_000, BEGIN, begin),)
    address = Address(1, 1) if protocol == V201 else Address(0, 1)
    name = "TX" if protocol == V201 else None
    told = {"address": address, "token": TAG, "readings": begun, "transaction": name}
    numbered = {"seq_no": 0} if protocol == V201 else {}
    answer = await floor.tell(live, Phase.STARTED, 0, **told, **numbered)
    name = name or str(answer.number)
    floor.restart()
    live = await floor.connect(protocol)
    last = (signed(60, 2_500, END, end),)
    numbered = {"seq_no": 1} if protocol == V201 else {}
    await floor.tell(live, Phase.ENDED, 60, transaction=name, readings=last, **numbered)
    session = await floor.session(live, name)
    values = await floor.signed.values(session.id)
    assert [(v.nature, v.text.data, v.text.public_key) for v in values] == [
        ("Start", begin.data, meter.oca),
        ("End", end.data, ""),
    ]
    assert {v.judgement.verdict for v in values} == {SignedVerdict.VALID}
    (cdr,) = await floor.cdrs(session)
    assert [(s.nature, s.data, s.encoding) for s in cdr.signed] == [
        ("Start", begin.data, "OCMF"),
        ("End", end.data, "OCMF"),
    ]
    assert len({s.public_key for s in cdr.signed}) == 1
    proof = await floor.signed.proof_of(cdr)
    assert (proof.verdict, proof.trust, proof.energy, proof.agrees) == (
        SignedVerdict.VALID, KeyTrust.LEARNED, Kwh.of("1.5"), True,
    )  # fmt: skip
    (key,) = await floor.signed.keys("CP1")
    assert (key.trust, key.meter, key.evse) == (KeyTrust.LEARNED, "M-1", None)


async def test_another_key_is_no_longer_believed(floor: Floor) -> None:
    """The first one is; whether the meter was changed is for the operator to say."""
    await floor.furnish()
    live = await floor.connect()
    one, two = SigningMeter(), SigningMeter()
    await charged(floor, live, one.v2(one.signs(("B", "1"))), one.v2(one.signs(("E", "2.5"))))
    begin, end = two.v2(two.signs(("B", "1"))), two.v2(two.signs(("E", "2.5")))
    number = str((await floor.start(live, 100, readings=(signed(100, 1, BEGIN, begin),))).number)
    await floor.tell(
        live, Phase.ENDED, 160, transaction=number, readings=(signed(160, 1_501, END, end),)
    )
    session = await floor.session(live, number)
    proofs = await floor.signed.proofs({session.id: session.energy})
    assert proofs[session.id].verdict is SignedVerdict.UNKNOWN_KEY
    await floor.signed.register("CP1", two.pem)
    proofs = await floor.signed.proofs({session.id: session.energy})
    assert (proofs[session.id].verdict, proofs[session.id].trust) == (
        SignedVerdict.VALID, KeyTrust.REGISTERED,
    )  # fmt: skip


async def test_registering_and_revoking_judge_again(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect()
    meter = SigningMeter()
    begin, end = SignedText(meter.signs(("B", "1"))), SignedText(meter.signs(("E", "2.5")))
    session = await charged(floor, live, begin, end)

    async def verdict() -> SignedVerdict:
        return (await floor.signed.proofs({session: Kwh.of("1.5")}))[session].verdict

    assert await verdict() is SignedVerdict.UNKNOWN_KEY
    with pytest.raises(InvalidInput):
        await floor.signed.register("CP1", "no key")
    key = await floor.signed.register("cp1", f" {meter.key} ", meter="M-1", evse=1)
    assert await verdict() is SignedVerdict.VALID
    with pytest.raises(NotFound):
        await floor.signed.revoke("CP2", key.id)
    await floor.signed.revoke("CP1", key.id)
    await floor.signed.revoke("CP1", key.id)
    assert await verdict() is SignedVerdict.UNKNOWN_KEY
    await floor.signed.register("CP1", SigningMeter().key)
    assert await verdict() is SignedVerdict.INVALID
    assert len(await floor.signed.at("CP1", before=None, limit=50)) == 2


async def test_without_signatures_nothing_is_proven_and_nothing_is_looked_up(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect()
    number = str((await floor.start(live)).number)
    session = await floor.session(live, number)
    proofs = await floor.signed.proofs({session.id: session.energy})
    assert proofs[session.id].verdict is SignedVerdict.UNSIGNED


async def test_texts_between_are_kept_but_not_quoted(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect()
    meter = SigningMeter()
    number = str((await floor.start(live)).number)
    for second in (20, 40):
        text = meter.v2(meter.signs(("C", "1.2")))
        readings = (signed(second, 1_200, ReadingContext.PERIODIC, text),)
        await floor.tell(live, Phase.UPDATED, second, transaction=number, readings=readings)
    await floor.tell(live, Phase.ENDED, 60, transaction=number, readings=(shows(60, 1_500, END),))
    session = await floor.session(live, number)
    values = await floor.signed.values(session.id)
    assert [v.nature for v in values] == ["Intermediate", "Intermediate"]
    assert session.signed == ()


async def test_texts_of_an_end_without_a_beginning_belong_to_it(floor: Floor) -> None:
    """P-106: also of what a late message brings, and once of what comes twice."""
    await floor.furnish()
    live = await floor.connect(V201)
    meter = SigningMeter()
    end = meter.v2(meter.signs(("B", "1"), ("E", "2.5")))
    told = {"transaction": "TX", "address": Address(1, 1)}
    last = (signed(60, 2_500, END, end),)
    await floor.tell(live, Phase.ENDED, 60, seq_no=2, readings=last, **told)
    orphan = await floor.session(live, "TX")
    assert SessionFlag.ORPHAN in orphan.flags
    late = meter.v2(meter.signs(("C", "1.5")))
    begun = (signed(0, 1_000, BEGIN, late),)
    await floor.tell(live, Phase.STARTED, 0, seq_no=0, token=TAG, readings=begun, **told)
    for _ in range(2):
        again = (signed(30, 1_500, ReadingContext.PERIODIC, late, end),)
        await floor.tell(live, Phase.UPDATED, 30, seq_no=1, readings=again, **told)
    values = await floor.signed.values(orphan.id)
    assert [v.at for v in values] == [at(0), at(60)]
    (cdr,) = await floor.cdrs(await floor.session(live, "TX"))
    assert (await floor.signed.proof_of(cdr)).agrees


async def test_a_partners_bill_is_proven_by_what_it_quotes(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect()
    meter = SigningMeter()
    session = await charged(
        floor, live, meter.v2(meter.signs(("B", "1"))), meter.v2(meter.signs(("E", "2.5")))
    )
    async with floor.store.reading() as tx:
        (own,) = await tx.cdrs.of_session(session)
    theirs = replace(own, own=False)
    proof = await floor.signed.proof_of(theirs)
    assert (proof.verdict, proof.energy) == (SignedVerdict.VALID, Kwh.of("1.5"))
    nothing = await floor.signed.proof_of(replace(theirs, signed=()))
    assert nothing.verdict is SignedVerdict.UNSIGNED
    assert [p.agrees for p in await floor.signed.proofs_of([own])] == [True]


async def configured(floor: Floor, name: VariableName, value: str) -> list[DomainEvent]:
    """The charger tells what it is set to; gives what happened by that."""
    told = VariablesRead((Variable(name, (Attribute("Actual", value),)),))
    before = len(await floor.events())
    await StationReports(floor.store, floor.clock).hear("CP1", told)
    return (await floor.events())[before:]


@pytest.mark.parametrize(
    ("name", "evse"),
    [
        (VariableName("MeterPublicKey[1]"), 1),
        (VariableName("meterpublickey1"), 1),
        (VariableName("MeterPublicKey"), None),
        (VariableName("PublicKey", "FiscalMetering", evse=1), 1),
        (VariableName("PublicKey", "FiscalMetering", "1"), 1),
    ],
)
async def test_a_key_in_the_configuration_is_the_meters(
    *, floor: Floor, name: VariableName, evse: int | None
) -> None:
    """Kept, and what was signed before is checked by it; the operator's word stays stronger."""
    await floor.furnish()
    live = await floor.connect(V16)
    meter, other = SigningMeter(), SigningMeter()
    texts = [meter.v2(meter.signs(each), with_key=False) for each in (("B", "1.0"), ("E", "2.5"))]
    session = await charged(floor, live, *texts)
    assert (await verdicts(floor, session)) == {(SignedVerdict.UNKNOWN_KEY, None)}
    assert await configured(floor, name, "none") == []
    assert await configured(floor, name, meter.key) == [MeterKeysChanged("CP1")]
    assert await configured(floor, name, meter.key) == []
    await floor.signed.judge_again("CP1")
    assert (await verdicts(floor, session)) == {(SignedVerdict.VALID, KeyTrust.CONFIGURED)}
    (key,) = await floor.signed.keys("CP1")
    assert (key.trust, key.evse) == (KeyTrust.CONFIGURED, evse)
    await configured(floor, name, other.key)
    await floor.signed.judge_again("CP1")
    assert (await verdicts(floor, session)) == {(SignedVerdict.INVALID, KeyTrust.CONFIGURED)}
    await floor.signed.register("CP1", meter.key)
    assert (await verdicts(floor, session)) == {(SignedVerdict.VALID, KeyTrust.REGISTERED)}


async def verdicts(floor: Floor, session_id: str) -> set[tuple[SignedVerdict, KeyTrust | None]]:
    """What is said of a session's signed values, and by whose key."""
    values = await floor.signed.values(session_id)
    return {(value.judgement.verdict, value.judgement.trust) for value in values}
