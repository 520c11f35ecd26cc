"""A song's own page: HTML in, one record out."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from scraper import fields
from scraper.errors import Gone, LayoutChanged
from scraper.fields import Node, attribute, text_of
from scraper.records import Artist, Credit, LyricsStatus, SongDetail

TITLE = ".song_name"
ARTIST = ".artist"
LYRIC = "#d_video_summary, .lyric"
LYRIC_SECTION = ".section_lyric"
# A page with any of these has a place for lyrics, so a missing lyric section is a changed layout and no instrumental.
LYRIC_TRACES = "#lyricArea, .wrap_lyric, .lyric_none, .lyric, #d_video_summary, .d_report, .adult_register, .d_register"


def parse_song(html: str, url: str, song_id: str) -> SongDetail:
    """Read the page of song `song_id`.

    Raises Gone when the site says that it has no such song, LayoutChanged when the page is another song's, or when it lacks
    its title, its artist, or both a lyric and a reason for having none.
    """
    tree = fields.parse(html)
    if is_gone(tree):
        raise Gone(song_id, url)
    info = tree.css_first(".section_info") or tree.body
    if info is None:
        raise LayoutChanged("song", TITLE, url)
    _require_song(tree, info, url, song_id)
    title = fields.required(text_of(info.css_first(TITLE)), "title", TITLE, url)
    status, lyrics = _lyrics(tree, url)
    facts = _facts(info)
    album = facts.get("앨범")
    released_text = text_of(facts.get("발매일"))
    album_link = album.css_first("a") if album is not None else None
    return SongDetail(
        song_id=song_id,
        title=title,
        artists=_artists(info, url),
        lyrics_status=status,
        lyrics=lyrics,
        album=fields.optional(text_of(album)),
        album_id=fields.linked_id("Album", attribute(album_link, "href")),
        genres=tuple(name for part in text_of(facts.get("장르")).split(",") if (name := part.strip())),
        released_text=released_text,
        released=fields.released_date(released_text),
        image_url=_cover(tree, info, url),
        adult=info.css_first(f"{TITLE} .age_19") is not None or status is LyricsStatus.ADULT,
        credits=_credits(tree),
    )


def is_gone(tree: LexborHTMLParser) -> bool:
    """Whether this is the page, sent with HTTP 200, that stands for a song which does not exist."""
    target = tree.css_first("input#targetId")
    conts = tree.css_first("#conts[data-targetid]")
    return "song" in (attribute(target, "value"), attribute(conts, "data-targetid"))


def _require_song(tree: LexborHTMLParser, info: Node, url: str, song_id: str) -> None:
    like = attribute(info.css_first("#btnLike, .d_song_like button.like"), "data-song-no")
    shown = fields.linked_id("Song", attribute(tree.css_first('meta[property="og:url"]'), "content"))
    for other in filter(None, (like, shown)):
        if other != song_id:
            raise LayoutChanged("song id", 'meta[property="og:url"]', url, f"asked for song {song_id}, got {other}")


def _artists(info: Node, url: str) -> tuple[Artist, ...]:
    box = next((item for item in info.css(ARTIST) if not fields.inside(item, frozenset({"section_prdcr"}))), None)
    artists = () if box is None else fields.linked_artists([link for link in box.css("a") if not fields.inside(link, fields.UNSEEN)])
    if artists:
        return artists
    return (Artist(fields.required(text_of(box), "artist", ARTIST, url)),)


def _facts(info: Node) -> dict[str, Node]:
    """The album, date and genre cells by their printed label: others come and go, so positions say nothing."""
    facts: dict[str, Node] = {}
    for label in info.css(".meta dt"):
        value = label.next
        while value is not None and value.tag != "dd":
            value = None if value.tag == "dt" else value.next
        if value is not None:
            facts.setdefault(text_of(label), value)
    return facts


def _cover(tree: LexborHTMLParser, info: Node, url: str) -> str | None:
    image = info.css_first(".thumb img")
    shown = fields.cover_url((image.attributes.get("src") or "") if image is not None else "", url)
    return shown or fields.cover_url(attribute(tree.css_first('meta[property="og:image"]'), "content"), url)


def _credits(tree: LexborHTMLParser) -> tuple[Credit, ...]:
    found = []
    for item in tree.css(".section_prdcr .list_person li"):
        link = item.css_first(".artist a") or item.css_first(".artist")
        name, role = text_of(link), text_of(item.css_first(".meta .type"))
        if name and role:
            found.append(Credit(name, role, fields.linked_id("Artist", attribute(link, "href"))))
    return tuple(found)


def _lyrics(tree: LexborHTMLParser, url: str) -> tuple[LyricsStatus, str | None]:
    section = tree.css_first(LYRIC_SECTION)
    if section is None:
        return _no_section(tree, url), None
    block = section.css_first(LYRIC)
    if block is not None:
        lyrics = fields.lyric_lines(block, url)
        return LyricsStatus.OK, fields.required(lyrics, "lyrics", LYRIC, url, "the block is empty")
    notice = section.css_first(".lyric_none")
    if notice is None:
        raise LayoutChanged("lyrics", LYRIC, url)
    return _why_none(notice, url), None


def _no_section(tree: LexborHTMLParser, url: str) -> LyricsStatus:
    headed = any(text_of(title) == "가사" for title in tree.css(".title"))
    if headed or tree.css_first(LYRIC_TRACES) is not None:
        raise LayoutChanged("lyrics", LYRIC_SECTION, url, "the page has lyrics, but not in their section")
    return LyricsStatus.NONE


def _why_none(notice: Node, url: str) -> LyricsStatus:
    words = text_of(notice)
    if "성인 인증" in words or notice.css_first(".adult_register") is not None:
        return LyricsStatus.ADULT
    if "준비중" in words or "기다리고 있" in words or notice.css_first(".d_register") is not None:
        return LyricsStatus.PENDING
    if "가사 정보" in words or "등록된 가사" in words:
        return LyricsStatus.NONE
    raise LayoutChanged("lyrics", ".lyric_none", url, f"an unknown reason for having no lyrics: {words[:40]!r}")
