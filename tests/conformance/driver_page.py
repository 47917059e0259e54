"""What a driver meets, as a page made of `driver_cases.toml`.

`python -m tests.conformance.driver_page > docs/driver-cases.md`
"""

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.named import TESTS, all_tests

CASES = Path(__file__).parent / "driver_cases.toml"

HEAD = """# What a driver meets, and the tests that prove it

Journeys, failures, and cases that broke others. This page is made of `driver_cases.toml` beside
the tests; a test keeps it true, and that every named test is there. To make it anew:
`python -m tests.conformance.driver_page > docs/driver-cases.md`.
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A row: the section it is of, its name there, and the tests; `*` stands for a whole file."""

    of: str
    name: str
    what: str
    tests: tuple[str, ...]


def sections() -> dict[str, str]:
    """The sections in order, by number."""
    return dict(tomllib.loads(CASES.read_text())["sections"])


def cases() -> list[Case]:
    """All of them."""
    read = tomllib.loads(CASES.read_text())["case"]
    return [Case(c["of"], c["name"], c.get("what", ""), tuple(c["tests"])) for c in read]


def missing() -> list[str]:
    """What is named as a test, and is none."""
    named = [test for case in cases() for test in case.tests]
    return [test for test in named if not _is_there(test)]


def _is_there(test: str) -> bool:
    where, _, name = test.partition("::")
    return (TESTS / f"{where}.py").exists() if name == "*" else test in all_tests()


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_lines())


def _lines() -> Iterator[str]:
    for number, title in sections().items():
        yield f"\n## {title}\n\n| case | proved by |\n| --- | --- |\n"
        for case in cases():
            if case.of == number:
                name = f"{case.name}. {case.what}" if case.what else case.name
                yield f"| {name} | {', '.join(f'`{test}`' for test in case.tests)} |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
