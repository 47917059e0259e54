"""The wire types every OCPI object is made of: texts with a length, exact numbers, times, prices.

Reading is tolerant (null is absent, numbers may be text, times may have offsets), writing is
strict.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StrictBool,
    StringConstraints,
    ValidationError,
    model_validator,
)

from app.domain.errors import InvalidInput

Json = dict[str, Any]

NOT_AVAILABLE = "#NA"
"""A required string nobody can know. Source: OCPI 2.2.1, Transport and format, No data."""

_DATETIME = re.compile(
    r"^(\d{4})-(\d{1,2})-(\d{1,2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?\s*"
    r"(?:[Zz]|([+-])(\d{2}):?(\d{2}))?$"
)
_LARGEST_EXPONENT, _SMALLEST_EXPONENT = 13, -30
"""No price, energy or time of charging has fifteen digits, and no column keeps them."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""No time of OCPI is before."""


@dataclass(frozen=True, slots=True)
class Wire:
    """The name a type has in the specification, for checking our models against its tables."""

    name: str


def read_datetime(value: object) -> datetime:
    """Read an OCPI DateTime: without zone it is UTC, offsets are converted, digits beyond 6 cut.

    Source: OCPI 2.2.1, Types, DateTime type. Raises ValueError, for times before 1970 too: the
    first years of the calendar mean "never" to some databases.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    match = _DATETIME.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("no RFC 3339 time such as 2026-01-31T23:59:59Z")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    micro = int((match[7] or "0")[:6].ljust(6, "0"))
    moment = datetime(year, month, day, hour, minute, min(second, 59), micro, tzinfo=UTC)
    if match[8]:
        offset = timedelta(hours=int(match[9]), minutes=int(match[10]))
        zone = timezone(offset if match[8] == "+" else -offset)
        moment = _in_utc(moment.replace(tzinfo=zone))
    if moment < EARLIEST:
        raise ValueError("a time before 1970")
    return moment


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time beyond the calendar") from error


def write_datetime(moment: datetime) -> str:
    """Write a moment as UTC with `Z` and at most three digits, never more than 25 characters."""
    moment = moment.astimezone(UTC)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    millis = moment.microsecond // 1000
    return f"{text}.{millis:03d}Z" if millis else f"{text}Z"


def read_number(value: object) -> Decimal:
    """Read a JSON number exactly; numeric text too, booleans not. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float | str):
        raise ValueError("no number")  # noqa: TRY004 - pydantic expects ValueError
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise ValueError("no number") from error
    if not number.is_finite():
        raise ValueError("no number that can be")
    if number and not _SMALLEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT:
        raise ValueError("no number that can be")
    return number


def read_integer(value: object) -> int:
    """Read a JSON integer; 5.0 and "5" are 5, 5.5 is refused. Raises ValueError."""
    number = read_number(value)
    if number != number.to_integral_value():
        raise ValueError("no whole number")
    return int(number)


class OcpiObject(BaseModel):
    """An object on the wire; unknown fields are kept, null and empty text mean absent."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_absent(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if not cls._is_absent(key, value)}

    @classmethod
    def _is_absent(cls, key: str, value: object) -> bool:
        if value is None:
            return True
        field = cls.model_fields.get(key)
        return value == "" and field is not None and not field.is_required()

    @classmethod
    def read(cls, document: object) -> Self:
        """Check a parsed JSON value against this class; raises InvalidInput with the path."""
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            path = ".".join(str(part) for part in first["loc"])
            raise InvalidInput(path, first["msg"]) from None

    def document(self) -> Json:
        """The object as JSON values with exact Decimals, absent fields left out."""
        return self.model_dump(exclude_defaults=True)


DateTime = Annotated[
    datetime,
    BeforeValidator(read_datetime),
    PlainSerializer(write_datetime, return_type=str),
    Wire("DateTime"),
]
Number = Annotated[Decimal, BeforeValidator(read_number), Wire("number")]
Integer = Annotated[int, BeforeValidator(read_integer), Wire("int")]
Boolean = Annotated[StrictBool, Wire("boolean")]
Url = Annotated[str, StringConstraints(min_length=1, max_length=255), Wire("URL")]

CiText = Annotated[str, StringConstraints(min_length=1), Wire("CiString")]
CiString2 = Annotated[str, StringConstraints(min_length=1, max_length=2), Wire("CiString")]
CiString3 = Annotated[str, StringConstraints(min_length=1, max_length=3), Wire("CiString")]
CiString4 = Annotated[str, StringConstraints(min_length=1, max_length=4), Wire("CiString")]
CiString5 = Annotated[str, StringConstraints(min_length=1, max_length=5), Wire("CiString")]
CiString10 = Annotated[str, StringConstraints(min_length=1, max_length=10), Wire("CiString")]
CiString20 = Annotated[str, StringConstraints(min_length=1, max_length=20), Wire("CiString")]
CiString25 = Annotated[str, StringConstraints(min_length=1, max_length=25), Wire("CiString")]
CiString32 = Annotated[str, StringConstraints(min_length=1, max_length=32), Wire("CiString")]
CiString36 = Annotated[str, StringConstraints(min_length=1, max_length=36), Wire("CiString")]
CiString39 = Annotated[str, StringConstraints(min_length=1, max_length=39), Wire("CiString")]
CiString45 = Annotated[str, StringConstraints(min_length=1, max_length=45), Wire("CiString")]
CiString48 = Annotated[str, StringConstraints(min_length=1, max_length=48), Wire("CiString")]
CiString255 = Annotated[str, StringConstraints(min_length=1, max_length=255), Wire("CiString")]

Text = Annotated[str, Wire("string")]
String2 = Annotated[str, StringConstraints(max_length=2), Wire("string")]
String3 = Annotated[str, StringConstraints(max_length=3), Wire("string")]
String4 = Annotated[str, StringConstraints(max_length=4), Wire("string")]
String5 = Annotated[str, StringConstraints(max_length=5), Wire("string")]
String10 = Annotated[str, StringConstraints(max_length=10), Wire("string")]
String11 = Annotated[str, StringConstraints(max_length=11), Wire("string")]
String12 = Annotated[str, StringConstraints(max_length=12), Wire("string")]
String16 = Annotated[str, StringConstraints(max_length=16), Wire("string")]
String45 = Annotated[str, StringConstraints(max_length=45), Wire("string")]
String50 = Annotated[str, StringConstraints(max_length=50), Wire("string")]
String64 = Annotated[str, StringConstraints(max_length=64), Wire("string")]
String100 = Annotated[str, StringConstraints(max_length=100), Wire("string")]
String255 = Annotated[str, StringConstraints(max_length=255), Wire("string")]
String512 = Annotated[str, StringConstraints(max_length=512), Wire("string")]
String5000 = Annotated[str, StringConstraints(max_length=5000), Wire("string")]


class DisplayText(OcpiObject):
    """A text in one language (ISO 639-1), without mark-up."""

    language: String2
    text: String512


class TaxAmount(OcpiObject):
    """One tax on a price; `percentage` is absent when it is not a plain rate."""

    name: Text
    amount: Number
    account_number: Text | None = None
    percentage: Number | None = None


class Price(OcpiObject):
    """A net price; without `taxes` the taxes are unknown, which is not zero."""

    before_taxes: Number
    taxes: list[TaxAmount] = []
