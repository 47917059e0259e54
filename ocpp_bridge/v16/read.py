"""OCPP 1.6 payloads → the domain's station messages. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from app.domain.errors import InvalidInput
from app.domain.metering import Reading, ReadingContext
from app.domain.signed_meters import SignedText, looks_signed
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
from app.domain.units import Kwh
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.readings import ABSURD, Moment, matters, read_number
from ocpp_bridge.timestamps import read_time
from ocpp_bridge.vocabulary import CONNECTOR_STATES, ENERGY

NO_ERROR = "NoError"
DEFAULT_STOP_REASON = "Local"
LEAST_SIGNED = 40
"""Characters that a signed text has at least."""


def read_boot(asked: Asked) -> Booted:
    """BootNotification; the charge box serial stands in where the charge point's is missing."""
    said = asked.payload
    return Booted(
        BootFacts(
            vendor=said["chargePointVendor"],
            model=said["chargePointModel"],
            serial=said.get("chargePointSerialNumber") or said.get("chargeBoxSerialNumber"),
            firmware=said.get("firmwareVersion"),
            iccid=said.get("iccid"),
            imsi=said.get("imsi"),
        )
    )


def read_status(asked: Asked) -> StatusReported:
    """StatusNotification; connector 0 is the station itself."""
    said = asked.payload
    error = said["errorCode"]
    return StatusReported(
        _address(said["connectorId"]),
        _state(said["status"]),
        at=read_time(said.get("timestamp"), asked.at),
        error=None if error == NO_ERROR else error,
        vendor_error=said.get("vendorErrorCode"),
        info=said.get("info"),
    )


def read_authorize(asked: Asked) -> AuthorizeAsked:
    """Authorize."""
    return AuthorizeAsked(PresentedToken(asked.payload["idTag"]))


def read_start(asked: Asked) -> TransactionReported:
    """StartTransaction: the transaction has no number yet, we give it one."""
    said = asked.payload
    at = read_time(said["timestamp"], asked.at) or asked.at
    reservation = said.get("reservationId")
    return TransactionReported(
        Phase.STARTED,
        at,
        asked.text,
        address=_address(said["connectorId"]),
        readings=tuple(_register(at, said["meterStart"], ReadingContext.BEGIN)),
        token=PresentedToken(said["idTag"]),
        reservation=None if reservation is None else str(reservation),
    )


def read_meter_values(asked: Asked) -> TransactionReported:
    """MeterValues; a transaction number of 0 or less is none (quirk Q-03)."""
    said = asked.payload
    readings = tuple(read_readings(said["meterValue"], asked.at))
    number = said.get("transactionId")
    return TransactionReported(
        Phase.UPDATED,
        readings[-1].at if readings else asked.at,
        asked.text,
        transaction=str(number) if number is not None and number > 0 else None,
        address=_address(said["connectorId"]),
        readings=readings,
    )


def read_stop(asked: Asked) -> TransactionReported:
    """StopTransaction; `meterStop` is its last reading. A missing reason means Local."""
    said = asked.payload
    at = read_time(said["timestamp"], asked.at) or asked.at
    tag = said.get("idTag")
    readings = [
        *read_readings(said.get("transactionData") or (), asked.at),
        *_register(at, said["meterStop"], ReadingContext.END),
    ]
    return TransactionReported(
        Phase.ENDED,
        at,
        asked.text,
        transaction=str(said["transactionId"]),
        readings=tuple(readings),
        token=PresentedToken(tag) if tag else None,
        stop_reason=said.get("reason", DEFAULT_STOP_REASON),
    )


def read_readings(values: Iterable[Payload], now: datetime) -> Iterator[Reading]:
    """`meterValue` or `transactionData`; a moment without any usable sample is left out."""
    for value in values:
        moment = Moment()
        for sample in value["sampledValue"]:
            _take(moment, sample)
        yield from moment.readings(read_time(value["timestamp"], now) or now)


def _take(moment: Moment, sample: Payload) -> None:
    """One sampled value. OCPP 1.6, SampledValue: what is absent has a default.

    Some chargers send signed texts without the format that says so.
    """
    text = sample["value"]
    if sample.get("format") == "SignedData":
        moment.of(sample.get("context")).sign(SignedText(text))
        return
    measurand = sample.get("measurand", ENERGY)
    if not matters(measurand):
        return
    number = read_number(text)
    if number is None:
        if len(text) >= LEAST_SIGNED and looks_signed(text):
            moment.of(sample.get("context")).sign(SignedText(text))
    else:
        moment.of(sample.get("context")).add(
            measurand,
            number,
            unit=sample.get("unit", ""),
            phase=sample.get("phase"),
            location=sample.get("location") if measurand == ENERGY else None,
        )


def _register(at: datetime, watt_hours: int, context: ReadingContext) -> Iterator[Reading]:
    if -ABSURD < watt_hours < ABSURD:
        yield Reading(at, register=Kwh.from_wh(Decimal(watt_hours)), context=context)


def _address(connector: int) -> Address:
    if connector < 0:
        raise InvalidInput("connectorId", "is negative")
    return Address(0, connector)


def _state(word: str) -> ConnectorState:
    return CONNECTOR_STATES[word]
