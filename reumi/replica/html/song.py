"""A song's own page, in every case of lyrics that the site has."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from reumi.replica.catalogue import Song
from reumi.replica.clock import draw
from reumi.replica.filler import filler_lyrics
from reumi.replica.genres import ENGLISH_NAMES, GENRES
from reumi.replica.html.blocks import like_script, shell, song_table
from reumi.replica.html.rows import RowStyle, has_video, list_row
from reumi.replica.html.template import fill
from reumi.replica.html.text import Links, text, title_of

MENU_ID = "29010101"
_ADULT_BADGE = '<span class="bullet_icons age_19 large" title="19세 미만 청소년 이용불가"><span class="none">19금</span></span>\n'
_NO_PORTRAIT = "http://cdnimg.melon.co.krnull\n/melon/resize/60/quality/80/optimize"


def song_page(song: Song, links: Links, similar: Sequence[Song]) -> str:
    """The page of a song. `similar` songs, if any, stand in a list of their own further down."""
    image = links.cover(song, "/melon/quality/90/optimize")
    url = f"{links.base}/song/detail.htm?songId={song.song_id}"
    head = fill("song_head", title=title_of(song), artists=text(", ".join(song.artists)), image=image, url=url)
    if not song.english_genre:
        head += f'<script type="application/ld+json">{{"@type":"MusicRecording","image":"{image}"}}</script>\n'
    content = _info(song, links) + _lyrics(song) + _credits(song, links) + _videos(song) + _similar(similar, links)
    fill_like = '<script type="text/javascript">\nREPLICA.fillSongLike();\n</script>\n'
    return shell("곡 정보&gt;멜론", content, head=head, tail=fill_like)


def missing_page(target: str = "song") -> str:
    """What the site answers, with status 200, for a song (album, artist) that is not there."""
    words = '<div class="wrap_notfound"><p>서비스가 제공되지 않는 페이지입니다.</p></div>\n'
    return shell("멜론", f'<input type="hidden" id="targetId" value="{target}"/>\n{words}', attributes=f' data-targetId="{target}"')


def genre_text(song: Song) -> str:
    """The genres that the page prints: Korean, or English as in 2018."""
    names = ENGLISH_NAMES if song.english_genre else GENRES
    return names[song.genre_code] + (f", {song.extra_genre}" if song.extra_genre else "")


def _info(song: Song, links: Links) -> str:
    album = f"<a href=\"javascript:melon.link.goAlbumDetail('{song.album_id}');\">{text(song.album)}</a>"
    # The real page does not escape the ampersand of its genres.
    entries = [("앨범", album), ("발매일", song.released), ("장르", genre_text(song))]
    if draw(song.song_id, "flac") < 0.7:
        entries.append(("FLAC", "Flac 16bit" if draw(song.song_id, "flac") < 0.5 else "Flac 16/24bit"))
    return fill(
        "song_info",
        id=song.song_id,
        title=title_of(song),
        badge=_ADULT_BADGE if song.adult else "",
        cover=links.cover(song, "/melon/quality/80/optimize"),
        artists=_artists(song),
        entries="".join(f"<dt>{label}</dt>\n<dd>{value}</dd>\n" for label, value in entries),
    )


def _artists(song: Song) -> str:
    parts = []
    for name, artist_id in zip(song.artists, song.artist_ids, strict=True):
        if artist_id is None:
            parts.append(f"{text(name)}\n")
            continue
        anchor = fill("song_artist", id=artist_id, name=text(name), portrait=_portrait(artist_id))
        parts.append(anchor if len(song.artists) == 1 else f'<span class="wrap_dtl">{anchor}</span>\n')
    return "".join(parts)


def _portrait(artist_id: str) -> str:
    padded = artist_id.zfill(8)
    return f"/cm/artistcrop/images/{padded[:3]}/{padded[3:5]}/{padded[5:]}/{artist_id}_500.jpg/melon/resize/60/quality/80/optimize"


def _lyrics(song: Song) -> str:
    if song.lyrics_case == "none":
        return ""
    if song.lyrics_case != "ok":
        return fill("song_lyric", block=fill(f"song_lyric_{song.lyrics_case}"))
    words = filler_lyrics(song.song_id) if song.filler else song.lyrics
    # One physical line, as the site has it: only <BR> breaks the lines.
    lines = "<BR>".join(f"{escape(line, quote=False)} " if line else "" for line in words.split("\n"))
    return fill("song_lyric", block=fill("song_lyric_ok", title=title_of(song), lines=lines))


def _credits(song: Song, links: Links) -> str:
    makers = [(name, artist_id) for name, artist_id in zip(song.artists, song.artist_ids, strict=True) if artist_id is not None]
    if not makers or song.filler:
        return ""
    items = []
    for place, role in enumerate(("작곡", "편곡") if song.lyrics_case == "none" else ("작사", "작곡", "편곡")):
        name, artist_id = makers[place % len(makers)]
        # The site's own slips: a line break inside the address, and a host name glued to `null`.
        portrait = f"{links.base}{_portrait(artist_id)}".replace("_500.jpg/", "_500.jpg\n\n/")
        if draw(song.song_id, role, "portrait") < 0.2:
            portrait = _NO_PORTRAIT
        items.append(fill("song_credit", id=artist_id, name=text(name), role=role, portrait=portrait))
    return fill("song_credits", items="".join(items))


def _videos(song: Song) -> str:
    if not has_video(song) or song.filler:
        return ""
    number = 50_000_000 + int(draw(song.song_id, "mv") * 900_000)
    artist_id = song.artist_ids[0]
    artist = ""
    if artist_id is not None:
        artist = f'<a href="javascript:melon.link.goArtistDetail(\'{artist_id}\');" class="artist_name">{text(song.artists[0])}</a>'
    return fill("song_video", number=number, title=title_of(song), artist=artist)


def _similar(songs: Sequence[Song], links: Links) -> str:
    if not songs:
        return ""
    style = RowStyle(links, MENU_ID, bell=True)
    rows = "".join(list_row(song, place, style) for place, song in enumerate(songs, start=1))
    return fill("song_similar", table=song_table(rows, MENU_ID, bell=True)) + like_script()
