"""The subjects of deliveries to partners: which object is meant, as text that people can read."""

from urllib.parse import quote, unquote

LOCATION = "ocpi.location"
EVSE = "ocpi.evse"
TARIFF = "ocpi.tariff"
SESSION = "ocpi.session"
CDR = "ocpi.cdr"
ACTIVE_PROFILE = "ocpi.active_profile"
COMMAND_RESULT = "ocpi.command_result"
RESERVATION_GONE = "ocpi.reservation_gone"
TOKEN = "ocpi.token"  # noqa: S105 - a kind of delivery


def subject_of(*parts: object) -> str:
    """The parts of an object's key in one text; ids may hold slashes."""
    return "/".join(quote(str(part), safe="*:@") for part in parts)


def parts_of(subject: str) -> list[str]:
    """The parts again."""
    return [unquote(part) for part in subject.split("/")]


def path_segment(text: str) -> str:
    """An id as a segment of a URL's path. Source: RFC 3986; ids may hold `/`, `#` and blanks."""
    return quote(text, safe="*")
