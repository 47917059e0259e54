"""The European Union's VAT register (VIES) over its REST interface.

Numbers begin with the country's two letters. The register gives an address as lines of text, the
last of which is the postal code and the city in most countries; some members tell neither.
"""

import json
from urllib.parse import quote

from app.domain.companies import Company
from app.domain.errors import Unavailable
from app.ports.http import HttpClient, HttpFailure

URL = "https://ec.europa.eu/taxation_customs/vies/rest-api"
TIMEOUT_S = 5.0
OK = 200
CODE_LETTERS = 2
"""Dutch postal codes end with so many letters, in a word of their own."""
_UNTOLD = frozenset({"", "---"})


class ViesRegister:
    """Asks VIES."""

    def __init__(self, http: HttpClient, url: str = URL) -> None:
        self._http = http
        self._url = url.rstrip("/")

    async def find(self, number: str) -> Company | None:
        """The company, None when the number is nobody's; raises Unavailable."""
        country, rest = number[:2], number[2:]
        url = f"{self._url}/ms/{quote(country)}/vat/{quote(rest, safe='')}"
        try:
            answer = await self._http.request(
                "GET", url, headers={"Accept": "application/json"}, timeout=TIMEOUT_S
            )
            said = json.loads(answer.body)
        except (HttpFailure, ValueError) as error:
            raise Unavailable(f"VIES: {error}") from error
        if answer.status != OK or not isinstance(said, dict) or "isValid" not in said:
            raise Unavailable(f"VIES answered {answer.status}")
        if not said["isValid"]:
            if said.get("userError") not in {None, "VALID", "INVALID"}:
                raise Unavailable(f"VIES: {said['userError']}")
            return None
        return _company(country, str(said.get("name") or ""), str(said.get("address") or ""))


def _company(country: str, name: str, address: str) -> Company:
    lines = [line.strip() for line in address.splitlines() if line.strip() not in _UNTOLD]
    last = lines.pop() if len(lines) > 1 else ""
    code, city = _code_and_city(last)
    told = "" if name in _UNTOLD else name
    return Company(told or "not told", ", ".join(lines) or "not told", city, country, code)


def _code_and_city(line: str) -> tuple[str | None, str]:
    """`1234 AB Utrecht` → code and city: the code is every word up to the last with a digit."""
    words = line.split()
    digits = [index for index, word in enumerate(words) if any(c.isdigit() for c in word)]
    if not digits:
        return None, line or "not told"
    end = digits[-1] + 1
    if end < len(words) - 1 and len(words[end]) == CODE_LETTERS and words[end].isupper():
        end += 1
    return " ".join(words[:end]), " ".join(words[end:]) or "not told"
