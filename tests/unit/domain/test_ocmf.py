"""OCMF as it is written by SAFE e.V.'s format, and as chargers write it."""

import pytest

from app.domain.ocmf import NotOcmf, read_ocmf
from app.domain.units import Kwh
from tests.support.signing import SigningMeter


def test_a_text_is_read_and_what_was_signed_stays_as_it_was() -> None:
    meter = SigningMeter()
    text = meter.signs(("B", "1.5"), ("E", "3.25"), TT="a | b", ID="0412ABCD")
    ocmf = read_ocmf(text)
    assert ocmf.signed == text[5 : text.rindex("|")].encode()
    assert (ocmf.curve, ocmf.digest, ocmf.meter, ocmf.pagination) == (
        "secp256r1", "SHA256", "M-1", "T1",
    )  # fmt: skip
    assert (ocmf.nature, ocmf.at_start(), ocmf.at_end()) == ("End", Kwh.of("1.5"), Kwh.of("3.25"))


@pytest.mark.parametrize(
    ("shown", "nature"),
    [(("B",), "Start"), (("C",), None), (("S", "P"), "End"), ((), None), (("T", "B"), "Start")],
)
def test_whether_it_is_a_beginning_or_an_end(shown: tuple[str, ...], nature: str | None) -> None:
    text = SigningMeter().signs(*((why, "1") for why in shown))
    assert read_ocmf(text).nature == nature


@pytest.mark.parametrize(
    ("reading", "kwh"),
    [
        ('{"TX":"B","RV":1500,"RU":"Wh"}', "1.5"),
        ('{"TX":"B","RV":"1.5","RU":"kWh","RI":"01-00:B2.08.00*FF"}', "1.5"),
        ('{"TX":"B","RV":1.5,"RU":"kWh","RI":"01-00:98.08.00.FF","EF":"t"}', "1.5"),
        ('{"TX":"B","RV":1.5,"RU":"kWh","RI":"1-b:2.8.0"}', None),
        ('{"TX":"B","RV":1.5,"RU":"kWh","RI":"01-00:C2.08.00"}', None),
        ('{"TX":"B","RV":1.5,"RU":"kWh","ST":"F"}', None),
        ('{"TX":"B","RV":1.5,"RU":"kWh","EF":"E"}', None),
        ('{"TX":"B","RV":1.5,"RU":"kVArh"}', None),
        ('{"TX":"B","RV":"much","RU":"kWh"}', None),
        ('{"TX":"B","RV":"NaN","RU":"kWh"}', None),
        ('{"TX":"C","RV":9,"RU":"kWh"},{"TX":"B","RV":1.5}', "1.5"),
        ('"nothing"', None),
    ],
)
def test_what_a_register_shows(reading: str, kwh: str | None) -> None:
    ocmf = read_ocmf(f'OCMF|{{"RD":[{reading}]}}|{{"SD":"00"}}')
    assert ocmf.at_start() == (None if kwh is None else Kwh.of(kwh))
    assert ocmf.at_end() is None


@pytest.mark.parametrize(
    "text",
    [
        "", "OCMF", "OCMF|", "OCMF|{}", "OCMF|{}|", "OCMF|{}|{}", "OCMF|[]|{}",
        'OCMF|{}|{"SD":"x"}', 'OCMF|{|{"SD":"00"}', 'OCMF|{}|{"SE":"base64","SD":"%"}',
        'OCMF|{}|{"SA":"RSA","SD":"00"}',
        "OCMF|" + '{"a":' * 20_000, "OCMF|" + "x" * 100_000, 'EDL|{}|{"SD":"00"}',
    ],
    ids=range(14),
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    with pytest.raises(NotOcmf):
        read_ocmf(text)


def test_brainpool_has_two_names() -> None:
    algorithm = '{"SA":"ECDSA-brainpoolP256r1-SHA-256","SD":"00"}'
    with pytest.raises(NotOcmf):
        read_ocmf('OCMF|{}|{"SA":"ECDSA","SD":"00"}')
    assert read_ocmf("OCMF|{}|" + algorithm.replace("SHA-256", "SHA256")).curve == "brainpool256r1"
