"""Examples in the API's document: requests as a phone sends them, answers as it gets them.

Requests are written by hand, one for each; a test fails for one that is missing or would be
refused. Answers follow from their schemas and from what their members usually hold.
"""

from typing import Any

DEVICE = {"id": "5f0c1c9e-6a3f-4a55-9d7b-1f1f2d3c4b5a", "platform": "ios", "name": "Dana's phone"}
SESSION = "01a200c5-5a6c-77c0-bdcf-ab493a374900"
TARGET = "cGx1Z2dlZC1pbg:APA91bHun4MxP5egoKMwt2KZFBaFUH"
MAIL = "dana@example.com"

REQUESTS: dict[str, Any] = {
    "AcceptIn": {"code": "K7QM-2X9D-TR4W", "shares_places": False},
    "AccountIn": {"name": "Dana Driver", "language": "nl"},
    "ActivityStartIn": {"token": "80a1b2c3d4e5f60718293a4b5c6d7e8f"},
    "AutochargeIn": {"enabled": True, "most_per_kwh": {"amount": "0.79", "currency": "EUR"}},
    "BrowserIn": {
        "endpoint": "https://push.example/send/8f3a1c",
        "keys": {"p256dh": "B" + "K7qM2x9dTr" * 8 + "K7qM2x", "auth": "c2VjcmV0LW9mLWEtYnJvd3"},
        "language": "nl",
    },
    "CardIn": {"reference": "seti_1PxY2z"},
    "CardNameIn": {"name": "In the glove box"},
    "CardOrderIn": {
        "address": {
            "name": "Dana Driver",
            "street": "Lange Viestraat 1",
            "postal_code": "3511 BK",
            "city": "Utrecht",
            "country": "NL",
        },
        "label": "Company car",
    },
    "ChargeCardIn": {"visual_number": "RW-0001-2345", "check": "482913"},
    "ClaimIn": {"secret": "q3t0Yd9mK1sVxJb7Zc5RwA"},
    "ConsentIn": {"granted": True, "version": "2026-10"},
    "ExchangeIn": {
        "provider": "google",
        "id_token": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjMifQ.c2lnbmF0dXJl",
        "nonce": "v1p0Q7m2kXa9cR4tZ8sE6w",
        "device": DEVICE,
    },
    "GroupIn": {
        "kind": "family",
        "name": "The Drivers",
        "currency": "EUR",
        "zone": "Europe/Amsterdam",
        "limit_minor": 20_000,
    },
    "GuestQuoteIn": {
        "code": "7Q4M9XKD",
        "battery_kwh": "52",
        "from_percent": 30,
        "target_percent": 80,
        "language": "nl",
        "email": MAIL,
    },
    "GuestStartIn": {"quote_id": SESSION, "email": MAIL},
    "InviteIn": {"email": "robin@example.com", "label": "Robin", "limit_minor": 5_000},
    "LimitsIn": {"target_kwh": "30"},
    "LiveActivityIn": {"token": "80a1b2c3d4e5f60718293a4b5c6d7e8f", "push_token": TARGET},
    "MailCodeIn": {"email": MAIL, "device_id": DEVICE["id"], "language": "nl"},
    "MailExchangeIn": {"email": MAIL, "code": "482913", "device": DEVICE},
    "MemberIn": {"label": "Robin", "limit_minor": 5_000},
    "NotificationsIn": {
        "categories": {"tips": False},
        "quiet_hours": {"begins": "22:00", "ends": "07:00", "zone": "Europe/Amsterdam"},
    },
    "PayIn": {"payment_method_id": SESSION},
    "PreferencesIn": {
        "profile_type": "GREEN",
        "departure": "2026-11-22T17:30:00Z",
        "energy_need_kwh": "20",
    },
    "PushIn": {"push_token": TARGET, "push_kind": "fcm_token"},
    "QuoteIn": {"code": "7Q4M9XKD", "target_kwh": "25"},
    "RatingIn": {"stars": 5, "kinds": ["worked", "fast"]},
    "RefreshIn": {"refresh_token": "Zb7Yd9mK1sVxJq3t0c5RwA", "device_id": DEVICE["id"]},
    "RemarkIn": {"text": "It works again, thank you."},
    "ReportIn": {"kind": "did_not_start", "text": "The display stayed black.",
                 "session_id": SESSION},
    "ReservationIn": {"code": "7Q4M9XKD", "minutes": 30},
    "RevokeIn": {"sign_in": SESSION},
    "SharesIn": {"shares_places": True},
    "StartIn": {"quote_id": SESSION},
    "StickerReportIn": {"seen": "https://pay.evil.example/q/7Q4M9XKD", "note": "Glued over ours"},
    "WaitIn": {"party": "NL-RW1", "location_id": "L1"},
    "VehicleIn": {"name": "Blue", "plugs": ["IEC_62196_T2_COMBO"], "battery_kwh": "58"},
}  # fmt: skip

BROWSER = "8f3a1c5e7d2b4a6f90c1e3d5b7a9f2c48f3a1c5e7d2b4a6f90c1e3d5b7a9f2c4"
NOW = "2026-11-22T12:00:00Z"
_BROWSER = {"id": BROWSER, "session_id": None, "language": "nl", "created_at": NOW}
_ACTIVITY = {
    "device_id": DEVICE["id"], "begun": True, "told_state": "charging", "told_at": NOW,
}  # fmt: skip
_NOTICE = {
    "kind": "session.started",
    "title": "Charging started",
    "body": "Lange Viestraat: 48 kW",
    "session_id": SESSION,
    "subject": None,
    "at": NOW,
}
_OF_PERSON = {
    "kind": "issue.update",
    "title": "An answer to your report",
    "body": "Lange Viestraat: The plug was exchanged this morning.",
    "session_id": None,
    "subject": "01a200c6-7b8d-7a11-9c3e-5f2d4b6a8c00",
    "at": "2026-11-21T08:15:00Z",
}

ANSWERS: dict[str, Any] = {
    "BrowserOut": _BROWSER,
    "BrowsersOut": {"subscriptions": [_BROWSER]},
    "LiveActivityOut": _ACTIVITY,
    "LiveActivitiesOut": {"live_activities": [_ACTIVITY]},
    "NoticeOut": _NOTICE,
    "NoticesOut": {
        "notices": [_NOTICE, _OF_PERSON],
        "next": "MjAyNi0xMS0yMVQwODoxNTowMCswMDowMCA5ZjJjNGE2ZThiMGQxZjNh",
    },
    "PushKeyOut": {"key": "B" + "K7qM2x9dTr" * 8 + "K7qM2x"},
}
"""Answers of which the usual words say too little."""

PARAMETERS = {"session_id": SESSION, "device_id": DEVICE["id"], "subscription_id": BROWSER}
"""What stands in paths."""

PROBLEM = {
    "type": "urn:roamwatt:problem:conflict",
    "title": "Not possible now",
    "status": 409,
    "code": "conflict",
    "detail": "a session is still running",
}

_USUAL: dict[str, Any] = {
    "id": SESSION,
    "session_id": SESSION,
    "party": "NL-RW1",
    "location_id": "L1",
    "evse_uid": "E1",
    "evse_id": "NL*RW1*E0001*1",
    "connector_id": "1",
    "evse_label": "UTR-1",
    "location_name": "Lange Viestraat",
    "address": "Lange Viestraat 1",
    "city": "Utrecht",
    "country": "NLD",
    "language": "nl",
    "email": MAIL,
    "name": "Dana Driver",
    "currency": "EUR",
    "text": "9.38 EUR",
    "minor": 938,
    "energy_kwh": "12.345",
    "power_kw": "11",
    "soc": "62",
    "latitude": "52.0918",
    "longitude": "5.1150",
    "platform": "ios",
    "device_name": "Dana's phone",
    "zone": "Europe/Amsterdam",
    "token_type": "Bearer",
    "expires_in_s": 600,
    "next": None,
    "reason": None,
    "brand": "visa",
    "last4": "4242",
}
_KINDS: dict[str, Any] = {"string": "text", "integer": 1, "number": 1, "boolean": True}
_FORMATS = {"date-time": "2026-11-22T12:00:00Z", "uri": "https://charge.example"}
_DEEPEST = 6


def add_examples(schemas: dict[str, Any]) -> None:
    """Give every schema that is no enumeration an example of its own."""
    for name, schema in schemas.items():
        if name in REQUESTS | ANSWERS:
            schema["examples"] = [(REQUESTS | ANSWERS)[name]]
        elif schema.get("type") == "object" and name.endswith("Out"):
            schema["examples"] = [_made("", schema, schemas)]
    schemas["Problem"]["examples"] = [PROBLEM]


def add_parameter_examples(operation: dict[str, Any]) -> None:
    """Give the parameters of a path an example each, as far as they are known by their names."""
    for each in operation.get("parameters", []):
        if each["in"] == "path" and each["name"] in PARAMETERS:
            each["schema"].setdefault("examples", [PARAMETERS[each["name"]]])


def _made(name: str, schema: dict[str, Any], schemas: dict[str, Any], deep: int = 0) -> Any:
    """Something that the schema allows, by the name of the member where that tells more."""
    if "$ref" in schema:
        return _made(name, schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas, deep)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    choices = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    if choices:
        return _made(name, choices[0], schemas, deep)
    if schema.get("type") == "object":
        parts = schema.get("properties", {}).items()
        return {key: _made(key, part, schemas, deep + 1) for key, part in parts}
    if schema.get("type") == "array":
        return [] if deep > _DEEPEST else [_made("", schema["items"], schemas, deep + 1)]
    return _scalar(name, schema)


def _scalar(name: str, schema: dict[str, Any]) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    kind = schema.get("type", "string")
    usual = _USUAL.get(name)
    fits = {"string": str, "integer": int, "number": int, "boolean": bool}.get(kind, str)
    if type(usual) is fits:
        return usual
    return _FORMATS.get(schema.get("format", ""), _KINDS.get(kind))
