"""Is an answer a page at all? Judged by status first, then by its marks, before anyone looks for fields in it."""

from __future__ import annotations

import re

from scraper import fields
from scraper.errors import Blocked, FetchFailed, LayoutChanged, ServerError
from scraper.fields import text_of
from scraper.ports import Page

BLOCKED_STATUSES = frozenset({401, 403, 406, 429})
BLOCK_WORDS = ("captcha", "자동입력 방지", "비정상적인 접근", "접근이 차단")
TINY = 200  # characters; the smallest real page is thirty times that
PAGE_MARKS = re.compile(r"\b(?:d_song_list|service_list_song|song_name|section_info|section_lyric|targetId)\b")
_TAIL = 1_000  # characters in which a whole page's end tag stands


def require_page(page: Page, retry_after: float | None = None) -> None:
    """Return when `page` is a page of the site to be parsed.

    Raises Blocked for a refusal in any of its forms (status 401, 403, 406, 429, an empty document, a page of block words with
    status 200), FetchFailed for a server error, the site's error page or a page that ends early, LayoutChanged (with the
    page) for an address that the site no longer has.
    """
    status, html, url = page.status, page.html, page.url
    if status in BLOCKED_STATUSES:
        raise Blocked(url, f"HTTP {status}", retry_after=retry_after)
    if status is not None and status >= 500:
        raise ServerError(url, f"the site answers HTTP {status}", retry_after=retry_after)
    if status in (404, 410):
        raise LayoutChanged("page", "HTTP 200", url, f"the site answers {status}: it has no such address any more", page=page)
    marked = PAGE_MARKS.search(html) is not None
    if not marked:
        _require_answer(html, url)
    if not ends_whole(html):
        raise FetchFailed(url, "the page ends early")


def _require_answer(html: str, url: str) -> None:
    """Name what an unmarked answer is, as far as it can be told; anything else is left to the parser."""
    tree = fields.parse(html)
    trouble = tree.css_first(".sys_error")
    if trouble is not None:
        raise ServerError(url, f"the site's error page: {text_of(trouble.css_first('.txt_emphs'))}")
    if tree.css_first("#main-frame-error") is not None:
        raise FetchFailed(url, "the browser could not reach the site")
    words = text_of(tree.body)
    if not words or len(html) < TINY:
        raise Blocked(url, "an empty document" if not words else f"a document of {len(html)} characters")
    lowered = words.casefold()
    for word in BLOCK_WORDS:
        if word in lowered:
            raise Blocked(url, f"a page that says {word!r}")


def ends_whole(html: str) -> bool:
    """Whether a page or paging fragment arrived to its end."""
    lowered = html.casefold()
    if "<html" in lowered[:_TAIL]:
        return "</html" in lowered[-_TAIL:]
    return all(lowered.count(f"<{tag}") <= lowered.count(f"</{tag}>") for tag in ("table", "tbody"))


def needs_scripts(page: Page) -> bool:
    """Whether an answer is a whole document without any mark of a page but with scripts that might bring one."""
    html = page.html
    return page.status == 200 and len(html) >= TINY and "<script" in html and PAGE_MARKS.search(html) is None and "sys_error" not in html
