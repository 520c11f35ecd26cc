"""A genre list or chart: HTML in, rows out. Reads every list layout that the site has had since 2017."""

from __future__ import annotations

from dataclasses import dataclass

from scraper import fields
from scraper.errors import LayoutChanged
from scraper.fields import Node, attribute, text_of
from scraper.records import Artist, ListedSong

SCOPES = ("#songList", "#pageList", "#tb_list", "form#frm", ".d_song_list", ".service_list_song")
ROW = 'tbody tr input[name="input_check"]'
TITLE = ".rank01 a, .rank01 .disabled, a.fc_gray"
ARTIST = ".rank02, #artistName"
ALBUM_LINKS = '.rank03 a, a.fc_mgray[href*="Album"]'
_CHANGES = {"rank_up": 1, "rank_down": -1}


@dataclass(frozen=True, slots=True)
class ListingPage:
    """The rows of one page, in its order, each song once; `period_text` is what a chart page prints about its time."""

    rows: tuple[ListedSong, ...]
    period_text: str = ""


def parse_listing(html: str, url: str, start_index: int = 1) -> ListingPage:
    """Read the rows of a list page or paging fragment whose first row is row `start_index` (1-based) of the list.

    A list that ended gives no rows. Raises LayoutChanged when the page is no list, or when any row lacks its id, title or artist.
    """
    tree = fields.parse(html)
    scope = next((found for selector in SCOPES if (found := tree.css_first(selector)) is not None), None)
    if scope is None or tree.css_first(".section_info .song_name") is not None:
        raise LayoutChanged("list", SCOPES[0], url)
    rows = _song_rows(scope, url)
    shown = [_shown_rank(row) for row in rows]
    first = _first_ranked(rows, shown, start_index, url)
    songs: dict[str, ListedSong] = {}
    restarts = start_index > 1 and first < len(shown) and shown[first] == 1
    for position, (row, rank) in enumerate(zip(rows[first:], shown[first:], strict=True), start=start_index):
        song = _song(row, url, position, None if restarts else rank)
        songs.setdefault(song.song_id, song)
    calendar = tree.css_first(".calendar_prid")
    return ListingPage(tuple(songs.values()), "" if calendar is None else fields.clean(calendar.text(separator=" ")))


def _song_rows(scope: Node, url: str) -> list[Node]:
    bodies = scope.css("tbody")
    if not bodies:
        raise LayoutChanged("list", "tbody", url)
    rows: list[Node] = []
    promoted = False
    for row in (row for body in bodies for row in body.css("tr")):
        if row.css_first('input[name="input_check"]') is not None or attribute(row, "data-song-no"):
            rows.append(row)
        elif row.css_first(".rank01, a.fc_gray, button.like") is not None and rows:
            raise LayoutChanged("song row", ROW, url, "a row lacks its mark")
        elif _is_promotion(row):
            promoted = True
        elif len(row.css("td")) > 1:
            raise LayoutChanged("song row", ROW, url, "rows without the mark of a song")
    if promoted and not any(_shown_rank(row) for row in rows):
        raise LayoutChanged("song row", ROW, url, "rows without mark and rank on a list that shows no ranks")
    return rows


def _is_promotion(row: Node) -> bool:
    """A recommended song that a script puts above the list: it has a title but neither checkbox nor rank."""
    return row.css_first(".rank01, a.fc_gray") is not None and _shown_rank(row) is None


def _shown_rank(row: Node) -> int | None:
    return fields.count(text_of(row.css_first("span.rank, td.no")))


def _first_ranked(rows: list[Node], shown: list[int | None], start_index: int, url: str) -> int:
    """Index of the first row of the list proper: promoted rows above it show no rank although the others do."""
    ranked = [index for index, rank in enumerate(shown) if rank is not None]
    if not ranked:
        return 0  # the 24Hits era: no row shows a rank, so the position is the rank
    first = ranked[0]
    if len(ranked) != len(rows) - first or (first > 0 and shown[first] not in (1, start_index)):
        raise LayoutChanged("rank", "span.rank", url, "some rows show a rank and others do not")
    if 0 in shown:
        raise LayoutChanged("rank", "span.rank", url, "a rank of 0")
    return first


def _song(row: Node, url: str, position: int, rank: int | None) -> ListedSong:
    song_id = _song_id(row, url)
    title_node = row.css_first(TITLE)
    title = text_of(title_node)
    if not title and row.css_first(".rank01") is not None:
        title = attribute(row.css_first('input[name="input_check"]'), "title").removesuffix("곡 선택").strip()
    album = row.css_first(ALBUM_LINKS)
    change, is_new = _rank_change(row)
    cover = row.css_first("a.image_typeAll img")
    return ListedSong(
        song_id=song_id,
        title=fields.required(title, "title", TITLE, url, f"song {song_id}"),
        artists=_artists(row, song_id, url),
        rank=position if rank is None else rank,
        rank_shown=rank is not None,
        rank_change=change,
        is_new=is_new,
        album=fields.optional(text_of(album)),
        album_id=fields.linked_id("Album", attribute(album, "href"), attribute(album, "onclick")),
        image_url=fields.cover_url((cover.attributes.get("src") or "") if cover is not None else "", url),
        adult=row.css_first(".age_19") is not None,
        available=row.css_first(".rank01 .disabled") is None,
        has_video=_has_video(row),
    )


def _song_id(row: Node, url: str) -> str:
    """The id that all its sources agree on; a row whose sources name two songs cannot be trusted."""
    check = row.css_first('input[name="input_check"]')
    like = row.css_first("button.like")
    found = {attribute(check, "value"), attribute(row, "data-song-no"), attribute(like, "data-song-no")}
    for link in row.css("a.song_info, a.btn_icon_detail, .rank01 a, a.fc_gray"):
        targets = (attribute(link, "href"), attribute(link, "onclick"))
        found.add(fields.linked_id("Song", *targets) or next(filter(None, map(fields.played_id, targets)), ""))
    found.discard("")
    if len(found) != 1 or not (song_id := found.pop()).isascii() or not song_id.isdigit():
        raise LayoutChanged("song id", ROW, url, "the row's sources of the id disagree" if found else "no id")
    return song_id


def _artists(row: Node, song_id: str, url: str) -> tuple[Artist, ...]:
    box = row.css_first(ARTIST)
    anchors = [] if box is None else [link for link in box.css("a") if not fields.inside(link, fields.UNSEEN)]
    artists = fields.linked_artists(anchors)
    if artists:
        return artists
    name = fields.required(text_of(box), "artist", ARTIST, url, f"song {song_id}")
    return (Artist(name),)  # "Various Artists" has no link


def _rank_change(row: Node) -> tuple[int | None, bool]:
    box = row.css_first(".rank_wrap")
    if box is None:
        return None, False
    if box.css_first(".rank_new") is not None:
        return None, True
    if box.css_first(".rank_static") is not None:
        return 0, False
    for name, sign in _CHANGES.items():
        steps = fields.count(text_of(box.css_first(f".{name.removeprefix('rank_')}")))
        if box.css_first(f".{name}") is not None and steps is not None:
            return sign * steps, False
    return None, False


def _has_video(row: Node) -> bool:
    button = row.css_first("button.video, button.mv")
    return button is not None and "disabled" not in button.attributes and "disabled" not in fields.classes(button)
