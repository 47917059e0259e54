"""Finds places by the words of their names and by EVSE ids, however these are written.

Words are compared without accents and case; of German vowels and sharp s both spellings count.
Every word that is asked for must begin one of a place's words.
"""

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from unicodedata import combining, normalize

from app.domain.identifiers import evse_id_key
from app.queries.map_facts import Spot

WORD = re.compile(r"[0-9a-z]+")
GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
PLAIN = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "đ": "d"})
NAME, CITY, ADDRESS, OPERATOR = 8, 6, 4, 2
EXACT = 2
MOST_WORDS = 6
MOST_ENDINGS = 400
"""How many words that begin alike are looked at."""

MOST_SPOTS = 5_000
"""When a beginning means more places than these it is no word yet, and those will do."""

SHORTEST_ID = 5
"""Country and operator of an EVSE id; less than that is no id yet."""

BY_ID = 1000
MOST_BY_ID = 200


def folded(text: str) -> str:
    """Without accents and case."""
    plain = normalize("NFKD", text.casefold().translate(PLAIN))
    return "".join(letter for letter in plain if not combining(letter))


def words_of(text: str) -> set[str]:
    """The words of a text, in both spellings where there are two."""
    lower = normalize("NFC", text.casefold())
    return {*WORD.findall(folded(lower)), *WORD.findall(folded(lower.translate(GERMAN)))}


@dataclass(frozen=True, slots=True)
class Found:
    """A place with how well it fits; `evse_uid` when an EVSE id led there."""

    spot: Spot
    score: int
    evse_uid: str | None = None


class _Sorted:
    """Keys in order, so that those that begin alike stand together."""

    def __init__(self) -> None:
        self._order: list[str] | None = []
        self.values: dict[str, dict[Spot, int | str]] = {}

    def add(self, key: str, spot: Spot, value: int | str) -> None:
        known = self.values.get(key)
        if known is None:
            known = self.values[key] = {}
            if self._order is not None:
                insort(self._order, key)
        known[spot] = value

    def remove(self, key: str, spot: Spot) -> None:
        known = self.values.get(key, {})
        known.pop(spot, None)
        if not known and key in self.values:
            del self.values[key]
            if self._order is not None:
                del self._order[bisect_left(self._order, key)]

    def postpone(self) -> None:
        """Put them in order when somebody looks, not one by one."""
        self._order = None

    def beginning(self, prefix: str, most: int) -> list[str]:
        if self._order is None:
            self._order = sorted(self.values)
        at = bisect_left(self._order, prefix)
        some = self._order[at : at + most]
        return [key for key in some if key.startswith(prefix)]


class TextIndex:
    """The words and EVSE ids of all places."""

    def __init__(self) -> None:
        self._words = _Sorted()
        self._ids = _Sorted()

    def postpone(self) -> None:
        """Many places come at once."""
        self._words.postpone()
        self._ids.postpone()

    def add(self, spot: Spot) -> None:
        """A new place."""
        for word, weight in _weights(spot).items():
            self._words.add(word, spot, weight)
        for evse_id, uid in spot.evse_ids.items():
            self._ids.add(evse_id_key(evse_id), spot, uid)

    def remove(self, spot: Spot) -> None:
        """A place that is gone, as it was."""
        for word in _weights(spot):
            self._words.remove(word, spot)
        for evse_id in spot.evse_ids:
            self._ids.remove(evse_id_key(evse_id), spot)

    def find(self, text: str) -> list[Found]:
        """Everything that fits, in no order."""
        by_id = list(self._by_id(text))
        known = {found.spot for found in by_id}
        return [*by_id, *(f for f in self._by_words(text) if f.spot not in known)]

    def _by_id(self, text: str) -> Iterator[Found]:
        key = evse_id_key(text.replace("-", "*"))
        if len(key) < SHORTEST_ID or not key.isalnum():
            return
        for each in self._ids.beginning(key, MOST_BY_ID):
            for spot, uid in self._ids.values[each].items():
                yield Found(spot, BY_ID * (EXACT if each == key else 1), str(uid))

    def _by_words(self, text: str) -> Iterable[Found]:
        asked = WORD.findall(folded(text))[:MOST_WORDS]
        scores: dict[Spot, int] | None = None
        for word in sorted(asked, key=len, reverse=True):
            fitting = self._scores(word)
            if scores is None:
                scores = fitting
            else:
                few, many = sorted((scores, fitting), key=len)
                scores = {spot: s + many[spot] for spot, s in few.items() if spot in many}
        return [Found(spot, score) for spot, score in (scores or {}).items()]

    def _scores(self, word: str) -> dict[Spot, int]:
        scores: dict[Spot, int] = {}
        for each in self._words.beginning(word, MOST_ENDINGS):
            if len(scores) > MOST_SPOTS:
                break
            factor = EXACT if each == word else 1
            for spot, weight in self._words.values[each].items():
                score = int(weight) * factor
                if score > scores.get(spot, 0):
                    scores[spot] = score
        return scores


def _weights(spot: Spot) -> dict[str, int]:
    weights: dict[str, int] = {}
    for text, weight in (
        (spot.profile.operator, OPERATOR),
        (spot.address, ADDRESS),
        (spot.city, CITY),
        (spot.name, NAME),
    ):
        weights |= dict.fromkeys(words_of(text), weight)
    return weights
