"""OCPP 2.0.1 and 2.1 payloads → the domain's station messages. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.charger_costs import ChargerCost
from app.domain.errors import InvalidInput
from app.domain.metering import Reading
from app.domain.signed_meters import SignedText
from app.domain.stations import (
    Address,
    AuthorizeAsked,
    Booted,
    BootFacts,
    ConnectorState,
    Phase,
    PresentedToken,
    StatusReported,
    TransactionReported,
)
from app.domain.transaction_limits import TransactionLimit
from app.domain.triggers import activity_after, stop_reason
from app.domain.units import Kwh
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.readings import Moment, matters, scaled
from ocpp_bridge.timestamps import read_time
from ocpp_bridge.vocabulary import (
    ACTIVITIES,
    CONNECTOR_STATES,
    CONNECTOR_STATES_FOLDED,
    ENERGY,
)

_PHASES = {"Started": Phase.STARTED, "Updated": Phase.UPDATED, "Ended": Phase.ENDED}
LONGEST_S = 2**31 - 1
_STATEFUL = frozenset({"connector", "evse", "chargingstation"})


def read_boot(asked: Asked) -> Booted:
    """BootNotification."""
    said = asked.payload
    station = said["chargingStation"]
    modem = station.get("modem", {})
    return Booted(
        BootFacts(
            vendor=station["vendorName"],
            model=station["model"],
            serial=station.get("serialNumber"),
            firmware=station.get("firmwareVersion"),
            iccid=modem.get("iccid"),
            imsi=modem.get("imsi"),
            reason=said["reason"],
        )
    )


def read_status(asked: Asked) -> StatusReported:
    """StatusNotification; evse 0 and connector 0 are the station itself."""
    said = asked.payload
    return StatusReported(
        _place(said["evseId"], said["connectorId"]),
        CONNECTOR_STATES[said["connectorStatus"]],
        at=read_time(said["timestamp"], asked.at),
    )


def read_event(asked: Asked) -> tuple[StatusReported, ...]:
    """NotifyEvent: every AvailabilityState in it, OCPP 2.1's way to report a status."""
    found = (_availability(event, asked.at) for event in asked.payload["eventData"])
    return tuple(status for status in found if status is not None)


def read_authorize(asked: Asked) -> AuthorizeAsked:
    """Authorize."""
    return AuthorizeAsked(_token(asked.payload["idToken"]))


def read_transaction(asked: Asked) -> TransactionReported:
    """TransactionEvent; `evse` is in the first event only, as is `idToken` (OCPP 2.0.1, E02)."""
    said = asked.payload
    info = said["transactionInfo"]
    token, evse = said.get("idToken"), said.get("evse")
    reservation = said.get("reservationId")
    state, trigger = info.get("chargingState"), said["triggerReason"]
    ends, doing = said["eventType"] == "Ended", None if state is None else ACTIVITIES.get(state)
    return TransactionReported(
        _PHASES[said["eventType"]],
        read_time(said["timestamp"], asked.at) or asked.at,
        asked.text,
        transaction=info["transactionId"],
        address=None if evse is None else _address(evse),
        readings=tuple(read_readings(said.get("meterValue", ()), asked.at)),
        token=None if token is None else _token(token),
        seq_no=said["seqNo"],
        offline=said.get("offline", False),
        remote_start=info.get("remoteStartId"),
        reservation=None if reservation is None else str(reservation),
        activity=doing if ends else activity_after(doing, trigger),
        stop_reason=stop_reason(info.get("stoppedReason"), trigger) if ends else None,
        trigger=trigger,
        cost=_cost(said["costDetails"]) if "costDetails" in said else None,
        limit=_limit(info["transactionLimit"]) if "transactionLimit" in info else None,
    )


def _limit(said: Payload) -> TransactionLimit:
    """What the charger will stop at. Source: OCPP 2.1, TransactionLimitType."""
    cost, energy, time = (said.get(name) for name in ("maxCost", "maxEnergy", "maxTime"))
    return TransactionLimit(
        None if cost is None else Decimal(str(cost)),
        None if energy is None else Kwh.from_wh(max(Decimal(str(energy)), Decimal(0))),
        None if time is None else timedelta(seconds=min(max(time, 0), LONGEST_S)),
        said.get("maxSoC"),
    )


def _cost(details: Payload) -> ChargerCost | None:
    """The total that the charger reckons; None when it says that it could not.

    Source: OCPP 2.1, CostDetailsType, failureToCalculate.
    """
    if details.get("failureToCalculate"):
        return None
    total = details["totalCost"]["total"]
    numbers = (total.get(name) for name in ("exclTax", "inclTax"))
    net, gross = (None if number is None else Decimal(str(number)) for number in numbers)
    return ChargerCost(details["totalCost"]["currency"].upper(), net, gross)


def read_meter_values(asked: Asked) -> TransactionReported:
    """MeterValues: an EVSE's readings outside of transaction events; evse 0 is the main meter."""
    said = asked.payload
    readings = tuple(read_readings(said["meterValue"], asked.at))
    return TransactionReported(
        Phase.UPDATED,
        readings[-1].at if readings else asked.at,
        asked.text,
        address=_place(said["evseId"]),
        readings=readings,
    )


def read_readings(values: Iterable[Payload], now: datetime) -> Iterator[Reading]:
    """`meterValue`; a moment without any usable sample is left out."""
    for value in values:
        moment = Moment()
        for sample in value["sampledValue"]:
            _take(moment, sample)
        yield from moment.readings(read_time(value["timestamp"], now) or now)


def _take(moment: Moment, sample: Payload) -> None:
    """One sampled value, its multiplier applied, and the signed text if there is one."""
    signed = sample.get("signedMeterValue")
    if signed is not None:
        moment.of(sample.get("context")).sign(
            SignedText(
                signed["signedMeterData"],
                signed["encodingMethod"],
                signed.get("signingMethod", ""),
                signed.get("publicKey", ""),
            )
        )
    measurand = sample.get("measurand", ENERGY)
    if not matters(measurand):
        return
    measure = sample.get("unitOfMeasure", {})
    number = scaled(sample["value"], measure.get("multiplier", 0))
    if number is not None:
        moment.of(sample.get("context")).add(
            measurand,
            number,
            unit=measure.get("unit", ""),
            phase=sample.get("phase"),
            location=sample.get("location") if measurand == ENERGY else None,
        )


def _availability(event: Payload, now: datetime) -> StatusReported | None:
    component = event["component"]
    if event["variable"]["name"].lower() != "availabilitystate":
        return None
    if component["name"].lower() not in _STATEFUL:
        return None
    state = CONNECTOR_STATES_FOLDED.get(event["actualValue"].strip().lower())
    if state is None:
        return None
    faulted = state is ConnectorState.FAULTED
    return StatusReported(
        _address(component.get("evse", {"id": 0})),
        state,
        at=read_time(event["timestamp"], now),
        error=event.get("techCode") if faulted else None,
        info=event.get("techInfo"),
    )


def _address(evse: Payload) -> Address:
    return _place(evse["id"], evse.get("connectorId", 0))


def _place(evse: int, connector: int = 0) -> Address:
    """An address; the schemas of 2.0.1 know no lowest number."""
    if evse < 0 or connector < 0:
        raise InvalidInput("evseId", "is negative")
    return Address(evse, connector)


VEHICLE_KINDS = frozenset({"evccid", "macaddress", "vehicleid", "vid"})
"""What chargers call a vehicle's id among the additional information of a token.

OCPP leaves the names open. Source: OCPP 2.0.1, AdditionalInfoType, `type`.
"""


def _token(token: Payload) -> PresentedToken:
    more = token.get("additionalInfo") or ()
    kinds = {str(each["type"]).replace(" ", "").casefold(): each for each in more}
    found = next((each for kind, each in kinds.items() if kind in VEHICLE_KINDS), None)
    vehicle = None if found is None else str(found["additionalIdToken"])
    return PresentedToken(token["idToken"], token["type"], vehicle=vehicle)
