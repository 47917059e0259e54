"""The specification's own examples climb the ladder and come back as they were."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from ocpi.models.cdrs import CDR
from ocpi.models.common import OcpiObject
from ocpi.models.credentials import Credentials
from ocpi.models.locations import Location
from ocpi.models.sessions import Session
from ocpi.models.tariffs import Tariff
from ocpi.models.tokens import Token
from ocpi.translate.cdrs import read_cdr
from ocpi.translate.locations import read_location
from ocpi.translate.sessions import read_session
from ocpi.translate.tariffs import read_tariff, write_tariff
from ocpi.translate.tokens import read_token, write_token
from ocpi.translate.values import Verbatim
from ocpi.versions.registry import V211, V221, V230, Kind, OcpiVersion, Surroundings
from ocpi.wire.documents import NotJson, decode, encode
from ocpi.wire.merge import merge

EXAMPLES = Path(__file__).parents[3] / "shared" / "examples" / "ocpi"

WHOLE: dict[str, tuple[Kind, type[OcpiObject]]] = {
    "cdr": (Kind.CDR, CDR),
    "credentials": (Kind.CREDENTIALS, Credentials),
    "location": (Kind.LOCATION, Location),
    "session": (Kind.SESSION, Session),
    "tariff": (Kind.TARIFF, Tariff),
    "token": (Kind.TOKEN, Token),
}
PARTS = ("energymix", "location_hours", "regularhours", "patch", "add_evse", "restriction")
BROKEN = {
    ("2.2.1", "tariff_put_example"): "last_updated",
    ("2.3.0", "tariff_put_example"): "last_updated",
    ("2.3.0", "cdr_example"): "tariffs.0.tax_included",
}
"""Examples that lack what their own chapter requires."""


def _load(version: str, name: str) -> Any:
    return decode((EXAMPLES / version / f"{name}.json").read_bytes())


def _whole(version: str) -> list[str]:
    names = sorted(path.stem for path in (EXAMPLES / version).glob("*.json"))
    return [
        name
        for name in names
        if name.split("_")[0] in WHOLE
        and not any(part in name for part in PARTS)
        and (version, name) not in BROKEN
    ]


def _climb(version: OcpiVersion, name: str) -> None:
    kind, model = WHOLE[name.split("_", maxsplit=1)[0]]
    document = _load(version.number, name)
    before = deepcopy(document)
    lifted = version.lift(kind, document)
    again = version.lower(kind, decode(encode(model.read(lifted).document())))
    assert again == before
    assert document == before


@pytest.mark.parametrize("name", _whole("2.2.1"))
def test_a_221_example_comes_back_as_it_was(name: str) -> None:
    _climb(V221, name)


@pytest.mark.parametrize("name", _whole("2.3.0"))
def test_a_230_example_comes_back_as_it_was(name: str) -> None:
    _climb(V230, name)


@pytest.mark.parametrize(("version", "name"), sorted(BROKEN))
def test_a_broken_example_is_refused_by_its_field(version: str, name: str) -> None:
    number = V221 if version == "2.2.1" else V230
    kind, model = WHOLE[name.split("_", maxsplit=1)[0]]
    with pytest.raises(InvalidInput) as refused:
        model.read(number.lift(kind, _load(version, name)))
    assert refused.value.path == BROKEN[version, name]


def test_the_examples_are_all_there() -> None:
    assert len(_whole("2.2.1")) == 33
    assert len(_whole("2.3.0")) == 34


@pytest.mark.parametrize("name", [n for n in _whole("2.2.1") if n.startswith("tariff")])
def test_a_tariff_means_the_same_after_the_domain(name: str) -> None:
    document = V221.lift(Kind.TARIFF, _load("2.2.1", name))
    wire = Tariff.read(document)
    ours = read_tariff(wire, Verbatim("", "2.2.1"))
    assert Tariff.read(write_tariff(ours)) == wire.model_copy(update={"energy_mix": None})


@pytest.mark.parametrize("name", [n for n in _whole("2.2.1") if n.startswith("token")])
def test_a_token_means_the_same_after_the_domain(name: str) -> None:
    wire = Token.read(_load("2.2.1", name))
    absent = {"default_profile_type": None, "energy_contract": None}
    assert Token.read(write_token(read_token(wire))) == wire.model_copy(update=absent)


@pytest.mark.parametrize("name", [n for n in _whole("2.2.1") if "location" in n or "cdr" in n])
def test_a_location_or_cdr_is_understood(name: str) -> None:
    source = Verbatim("", "2.2.1")
    if name.startswith("cdr"):
        cdr = read_cdr(CDR.read(V221.lift(Kind.CDR, _load("2.2.1", name))), source, partner_id="p")
        assert cdr.bill.energy.value == decode("15.342")
        return
    wire = Location.read(V221.lift(Kind.LOCATION, _load("2.2.1", name)))
    assert read_location(wire, source).id == wire.id


@pytest.mark.parametrize(
    "name", ["session_example_1_simple_start", "session_example_2_short_finished"]
)
def test_a_session_and_its_patches_are_understood(name: str) -> None:
    document = _load("2.2.1", name)
    for patch in ("session_patch_example_total_cost", "session_patch_example_charging_period"):
        document = merge(document, _load("2.2.1", patch))
    wire = Session.read(V221.lift(Kind.SESSION, document))
    session = read_session(wire, Verbatim("", "2.2.1"), partner_id="p")
    assert session.energy.value == 15
    assert session.total_cost is not None
    assert session.total_cost.net.amount == decode("0.8")


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_the_hub_client_sample_is_no_json(version: str) -> None:
    """§8.2: a trailing comma."""
    path = EXAMPLES / version / "inline" / "mod_hub_client_info_inline_01.json.invalid"
    with pytest.raises(NotJson):
        decode(path.read_bytes())


OWNER = Surroundings(owner=("NL", "TNM"), provider=("NL", "RWD"), role="CPO")


@pytest.mark.parametrize(
    ("name", "kind", "model"),
    [
        ("credentials_inline_01", Kind.CREDENTIALS, Credentials),
        ("mod_cdrs_inline_01", Kind.CDR, CDR),
        ("mod_locations_inline_06", Kind.LOCATION, Location),
        ("mod_sessions_inline_02", Kind.SESSION, Session),
        ("mod_sessions_inline_03", Kind.SESSION, Session),
        ("mod_tariffs_inline_03", Kind.TARIFF, Tariff),
        ("mod_tokens_inline_01", Kind.TOKEN, Token),
        ("mod_tokens_inline_03", Kind.TOKEN, Token),
    ],
)
def test_a_211_sample_climbs_to_the_top(name: str, kind: Kind, model: type[OcpiObject]) -> None:
    """C-088, §6.2: prices as text, two-letter countries and missing owners included."""
    document = decode((EXAMPLES / "2.1.1" / "inline" / f"{name}.json").read_bytes())
    before = deepcopy(document)
    model.read(V211.lift(kind, document, OWNER))
    assert document == before
