"""The only text surgery: from a node of a page to a clean value. Nothing here knows which page it reads.

Text comes out NFC-normalised, with no-break spaces as spaces and runs of white space as one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.errors import LayoutChanged
from scraper.records import Artist

Node = LexborNode

# Hidden labels, badges and second copies that stand inside the elements that fields are read from.
UNSEEN = frozenset({"none", "bullet_icons", "icon_song", "checkEllipsis", "wrap_atist", "thumb_atist"})
# The site's own words around lyrics; a lyric that holds one as a line was cut out of the page wrongly.
UI_WORDS = frozenset({"펼치기", "접기", "프린트", "가사오류신고", "가사 프린트 가사오류신고"})

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff]")
_LYRIC_INLINE = frozenset({"a", "span", "b", "i", "em", "strong", "font", "u", "p"})
_LYRIC_IGNORED = frozenset({"-comment", "button", "script", "style"})


def parse(html: str) -> LexborHTMLParser:
    """The tree that a browser would build from `html` (HTML5 rules)."""
    return LexborHTMLParser(html.encode("utf-8", "replace"))


def clean(text: str | None) -> str:
    """One line of readable text, without control characters; empty for None."""
    return unicodedata.normalize("NFC", " ".join(_CONTROLS.sub("", text or "").split()))


def text_of(node: Node | None, unseen: frozenset[str] = UNSEEN) -> str:
    """The text a reader sees of `node`, without the elements whose class is in `unseen`."""
    return "" if node is None else clean("".join(_seen(node, unseen)))


def _seen(node: Node, unseen: frozenset[str]) -> Iterator[str]:
    for child in node.iter(include_text=True):
        if child.is_text_node:
            yield child.text_content or ""
        elif child.is_element_node and child.tag not in ("script", "style", "button") and not unseen.intersection(classes(child)):
            yield from _seen(child, unseen)


def classes(node: Node) -> list[str]:
    """The class tokens of an element."""
    return (node.attributes.get("class") or "").split()


def attribute(node: Node | None, name: str) -> str:
    """An attribute's cleaned value, empty where the node or the attribute is missing."""
    return "" if node is None else clean(node.attributes.get(name))


def required(value: str, field: str, selector: str, url: str, detail: str = "") -> str:
    """`value` unless it is empty: then LayoutChanged naming the field, its selector and the page."""
    if not value:
        raise LayoutChanged(field, selector, url, detail)
    return value


def optional(value: str) -> str | None:
    """`value`, or None where it is empty."""
    return value or None


def count(text: str) -> int | None:
    """A count as the site prints it (`158,398`, `9,999,999+`); None for anything else."""
    match = re.fullmatch(r"(\d{1,3}(?:,\d{3})+|\d+)\+?", clean(text))
    return int(match[1].replace(",", "")) if match else None


def linked_id(kind: str, *links: str) -> str | None:
    """The id in a link of the site, in any form it has used.

    `kind` is `Song`, `Artist` or `Album`: `javascript:melon.link.goSongDetail('1')`, without quotes, or `/song/detail.htm?songId=1`.
    """
    pattern = rf"go{kind}Detail\(\s*['\"]?(\d+)|[?&]{kind.lower()}Id=(\d+)"
    for link in links:
        match = re.search(pattern, link)
        if match:
            return match[1] or match[2]
    return None


def played_id(link: str) -> str | None:
    """The song id in `javascript:melon.play.playSong('menu',1)`."""
    match = re.search(r"playSong\([^,)]*,\s*['\"]?(\d+)", link)
    return match[1] if match else None


def linked_artists(anchors: list[Node]) -> tuple[Artist, ...]:
    """The artists of some links, each once: the site repeats them in a hidden copy and in a drop-down."""
    found: dict[str, Artist] = {}
    for anchor in anchors:
        name = text_of(anchor)
        artist_id = linked_id("Artist", attribute(anchor, "href"), attribute(anchor, "onclick"))
        if name:
            found.setdefault(artist_id or name, Artist(name, artist_id))
    return tuple(found.values())


def inside(node: Node, unseen: frozenset[str]) -> bool:
    """Whether an ancestor of `node` carries one of these classes."""
    above = node.parent
    while above is not None:
        if unseen.intersection(classes(above)):
            return True
        above = above.parent
    return False


def cover_url(source: str, page_url: str) -> str | None:
    """Address of the stored cover (500 px), without the resizing suffix; None for the site's placeholders and for what is no address."""
    bare = re.sub(r"\s+", "", source)
    bare = re.sub(r"\?[0-9a-f]{32}(?=/|$)", "", bare.split("/melon/")[0])
    if not bare or bare.startswith(("data:", "javascript:", "#")) or "krnull" in bare or "/default/no" in bare:
        return None
    try:
        return urljoin(page_url, bare)
    except ValueError:  # an unclosed bracket of an IPv6 host
        return None


def released_date(text: str) -> date | None:
    """The day of `2017.06.26`; None for a month, a year, or a day that never was."""
    try:
        return datetime.strptime(text, "%Y.%m.%d").date()
    except ValueError:
        return None


def lyric_lines(block: Node, url: str) -> str:
    """The lyric in a block: lines joined by a newline, an empty line between verses, ends stripped.

    In the source a lyric is one physical line with `<br>` for line ends; source newlines are only layout. Raises LayoutChanged
    when the block holds anything but text, which means that other parts of the page slid into it.
    """
    pieces = "".join(_lyric_pieces(block, url)).split("\n")
    lines = [clean(line) for line in pieces]
    strange = UI_WORDS.intersection(lines)
    if strange:
        raise LayoutChanged("lyrics", ".lyric", url, f"the block holds the page's own words {sorted(strange)}")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _lyric_pieces(node: Node, url: str) -> Iterator[str]:
    for child in node.iter(include_text=True):
        tag = child.tag
        if child.is_text_node:
            yield re.sub(r"[\r\n]+", " ", child.text_content or "")
        elif tag == "br":
            yield "\n"
        elif tag in _LYRIC_INLINE and "none" not in classes(child):
            yield from _lyric_pieces(child, url)
        elif tag not in _LYRIC_IGNORED and tag not in _LYRIC_INLINE:
            raise LayoutChanged("lyrics", ".lyric", url, f"the block holds a <{tag}>")
