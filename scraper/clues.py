"""What may have become of a selector that finds nothing any more: elements whose class or id resembles the one that is gone.

For people who mend a parser after a redesign. Speed does not matter here, a forgiving look at any document does: hence BeautifulSoup.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher

from bs4 import BeautifulSoup

_NAME = re.compile(r"[.#]([A-Za-z_][\w-]*)")
_ALIKE = 0.6
_MOST = 3
_SAMPLE = 40


@dataclass(frozen=True, slots=True)
class Clue:
    """A selector of the page that resembles the missing one, how many elements it finds, and the text of the first that has any."""

    selector: str
    count: int
    sample: str


def clues(html: str, selector: str) -> list[Clue]:
    """Up to three likely new names, the most alike first, for the names in `selector` that the page lacks; empty when none is alike."""
    # A lone surrogate, which no encoding of the page could hold, would stop the parser.
    soup = BeautifulSoup(html.encode("utf-8", "replace"), "lxml", from_encoding="utf-8")
    present = _names(soup)
    missing = [name for name in _NAME.findall(selector) if f".{name}" not in present and f"#{name}" not in present]
    scored = [(_likeness(name, found), found) for name in missing for found in present]
    best = sorted({found: score for score, found in sorted(scored) if score >= _ALIKE}.items(), key=lambda item: (-item[1], item[0]))
    return [Clue(found, present[found], _sample(soup, found)) for found, _ in best[:_MOST]]


def _names(soup: BeautifulSoup) -> Counter[str]:
    """Every class (`.name`) and id (`#name`) of the page, and how many elements carry it."""
    found: Counter[str] = Counter()
    for element in soup.find_all(True):
        found.update(f".{name}" for name in element.get_attribute_list("class") if name)
        found.update(f"#{name}" for name in element.get_attribute_list("id") if name)
    return found


def _likeness(missing: str, found: str) -> float:
    """How alike two names are, in [0, 1], whatever their case and dashes."""
    return SequenceMatcher(None, _plain(missing), _plain(found[1:])).ratio()


def _plain(name: str) -> str:
    return re.sub(r"[-_]", "", name).lower()


def _sample(soup: BeautifulSoup, selector: str) -> str:
    for element in soup.select(f'[{"id" if selector[0] == "#" else "class"}~="{selector[1:]}"]'):
        text = " ".join(element.get_text(" ").split())
        if text:
            return text[:_SAMPLE]
    return ""
