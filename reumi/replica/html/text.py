"""Text and links as the site writes them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from reumi.replica.catalogue import Song
from reumi.replica.clock import draw

_NAMED = {"’": "&rsquo;", "‘": "&lsquo;", "\u00a0": "&nbsp;", "é": "&eacute;", "í": "&iacute;"}


def text(value: str, *, raw_ampersand: bool = False) -> str:
    """Escape for element and attribute text, with the named entities that the site uses."""
    shown = escape(value, quote=True).replace("&#x27;", "'")
    for character, entity in _NAMED.items():
        shown = shown.replace(character, entity)
    return shown.replace("&amp; ", "& ") if raw_ampersand else shown


def title_of(song: Song) -> str:
    """A song's title, escaped as its row has it."""
    return text(song.title, raw_ampersand=song.raw_ampersand)


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses: `base` is the replica's own root; `real` writes URLs (as charts do since 2026) instead of javascript: links."""

    base: str
    real: bool = False

    def song(self, song_id: str) -> str:
        """Link to a song's page."""
        return f"/song/detail.htm?songId={song_id}" if self.real else f"javascript:melon.link.goSongDetail('{song_id}');"

    def artist(self, artist_id: str) -> str:
        """Link to an artist's page."""
        return f"/artist/detail.htm?artistId={artist_id}" if self.real else f"javascript:melon.link.goArtistDetail('{artist_id}');"

    def album(self, album_id: str) -> str:
        """Link to an album's page."""
        return f"/album/detail.htm?albumId={album_id}" if self.real else f"javascript:melon.link.goAlbumDetail('{album_id}');"

    def cover(self, song: Song, tail: str) -> str:
        """Address of the album's picture in one of the shapes that the image host has; `tail` names size and quality."""
        if song.broken_image:
            # What the site prints for an album without a picture.
            return f"https://cdnimg.melon.co.krnull{tail}"
        padded = song.album_id.zfill(8)
        folder = "cm2" if song.year >= 2019 else "cm"
        stamp = f"_{song.released.replace('.', ''):0<8}{int(draw(song.album_id, 'stamp') * 86_400):06d}" if folder == "cm2" else ""
        upload = "_2" if draw(song.album_id, "upload") < 0.06 else ""
        digest = f"?{int(draw(song.album_id, 'digest') * 16**16):016x}" if not stamp and draw(song.album_id, "digest") < 0.3 else ""
        path = f"/{folder}/album/images/{padded[:3]}/{padded[3:5]}/{padded[5:]}"
        return f"{self.base}{path}/{song.album_id}{upload}{stamp}_500.jpg{digest}{tail}"


def artist_anchors(song: Song, links: Links, css: str = "") -> str:
    """The visible artist links of a row; the plain names where the site has no page for them."""
    klass = f' class="{css}"' if css else ""
    parts = []
    for name, artist_id in zip(song.artists, song.artist_ids, strict=True):
        shown = text(name)
        if artist_id is None:
            parts.append(shown)
        else:
            parts.append(f'<a href="{links.artist(artist_id)}" title="{shown} - 페이지 이동"{klass} >{shown}</a>')
    return ", ".join(parts)
