"""What a check of a partner looks at, and what it found: the lines of the report."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """`warn` is a deviation from what OCPI only recommends, or the trade expects."""

    PASS = "pass"  # noqa: S105 - a word
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at; `must`: OCPI demands it."""

    title: str
    must: bool = True


CHECKS: dict[str, Check] = {
    "reachable": Check("answers"),
    "C-001": Check("a request without a token is answered 401"),
    "C-002": Check("a request with an unknown token is answered 401"),
    "C-009": Check("Content-Type is application/json"),
    "C-010": Check("every body is an envelope with status_code and timestamp"),
    "C-011": Check("the envelope's timestamp is UTC and about now"),
    "C-023": Check("a list's data is an array"),
    "C-029": Check("times have at most 25 characters and no offset"),
    "C-034": Check("a trailing slash changes nothing, and nobody is redirected", must=False),
    "C-037": Check("X-Request-ID is repeated"),
    "C-038": Check("X-Correlation-ID is repeated"),
    "C-042": Check("routing headers come back swapped"),
    "C-048": Check("the versions are a list of version and absolute url"),
    "C-049": Check("the agreed version is offered under its plain number"),
    "C-050": Check("version details repeat the version and list endpoints"),
    "C-051": Check("credentials is among the endpoints"),
    "C-053": Check(
        "a CPO sends locations, sessions, cdrs, tariffs and receives tokens, commands", must=False
    ),
    "C-054": Check(
        "an eMSP sends tokens, commands and receives locations, sessions, cdrs, tariffs"
    ),
    "C-056": Check("2.1.1 endpoints have no role"),
    "I-10": Check("endpoints are those of the handshake", must=False),
    "C-091": Check("a list has X-Total-Count and X-Limit"),
    "C-092": Check("a limit is honoured, and capped at X-Limit"),
    "C-093": Check("pages are disjoint"),
    "C-094": Check("Link leads to the next page if and only if there is one"),
    "C-095": Check("Link is absolute, on a host of the partner, and keeps the filters"),
    "C-096": Check("following Link brings X-Total-Count objects"),
    "C-097": Check("an offset beyond the end gives an empty list without Link"),
    "C-098": Check("date_from is inclusive and date_to exclusive"),
    "C-100": Check("a malformed date is refused with 2001", must=False),
    "C-106": Check("sessions without date_from are served", must=False),
    "C-107": Check("nothing changed since date_from gives an empty list", must=False),
    "objects": Check("objects can be read, and are the party's own"),
    "C-125": Check("an unknown object is answered 404 or an unknown-object status", must=False),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to at one place; `said` explains what is not as it should be."""

    where: str
    check: str
    verdict: Verdict
    said: str = ""

    @property
    def title(self) -> str:
        """What was looked at."""
        return CHECKS[self.check].title


@dataclass(slots=True)
class Report:
    """Everything that was found, in the order it was looked at."""

    noted: dict[tuple[str, str], list[tuple[bool | None, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def note(self, where: str, check: str, *, ok: bool, said: str = "") -> bool:
        """One look at one thing; gives back whether it was well."""
        self.noted[where, check].append((ok, said))
        return ok

    def skip(self, where: str, check: str, why: str) -> None:
        """It could not be looked at."""
        self.noted[where, check].append((None, why))

    @property
    def findings(self) -> Sequence[Finding]:
        """One line for each thing at each place: the worst that was seen of it."""
        places = list(dict.fromkeys(where for where, _ in self.noted))
        return tuple(sorted(self._findings(), key=lambda each: places.index(each.where)))

    def _findings(self) -> Iterator[Finding]:
        for (where, check), looks in self.noted.items():
            wrong = [said for ok, said in looks if ok is False]
            if wrong:
                verdict = Verdict.FAIL if CHECKS[check].must else Verdict.WARN
                more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
                yield Finding(where, check, verdict, wrong[0] + more)
            elif any(ok for ok, _ in looks):
                yield Finding(where, check, Verdict.PASS)
            else:
                yield Finding(where, check, Verdict.SKIP, looks[0][1])

    def count(self, verdict: Verdict) -> int:
        """How many lines have this verdict."""
        return sum(finding.verdict is verdict for finding in self.findings)

    @property
    def passed(self) -> bool:
        """Whether everything that OCPI demands, and was looked at, is as it demands."""
        return self.count(Verdict.FAIL) == 0
