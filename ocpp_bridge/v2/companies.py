"""OCPP 2.1, C24: VatNumberValidation. Pure."""

from app.domain.companies import Company, VatAnswer, VatAsked
from ocpp_bridge.dialect import Handler
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.telling import telling

_LONGEST = {"name": 50, "address1": 100, "city": 100, "postalCode": 20, "country": 50}


def read_asked(asked: Asked) -> VatAsked:
    """VatNumberValidationRequest."""
    said = asked.payload
    return VatAsked(said["vatNumber"], said.get("evseId"))


def write_answer(answer: VatAnswer) -> Payload:
    """VatNumberValidationResponse; what is too long for the schema is cut."""
    asked = answer.asked
    said: Payload = {"vatNumber": asked.number}
    if asked.evse is not None:
        said["evseId"] = asked.evse
    if answer.company is None:
        reason = {"reasonCode": answer.why or "UnknownNumber"}
        return {**said, "status": "Rejected", "statusInfo": reason}
    return {**said, "status": "Accepted", "company": _company(answer.company)}


def _company(company: Company) -> Payload:
    given = {
        "name": company.name,
        "address1": company.address,
        "city": company.city,
        "postalCode": company.postal_code,
        "country": company.country,
    }
    return {name: text[: _LONGEST[name]] for name, text in given.items() if text}


HANDLERS_V21: dict[str, Handler] = {"VatNumberValidation": telling(read_asked, write_answer)}
