"""A redesign of the site, made by renaming what parsers hold on to."""

from __future__ import annotations

import re

RENAMED: dict[str, str] = {
    "input_check": "track_pick",
    "rank": "track_no",
    "rank01": "track_title",
    "rank02": "track_artist",
    "rank03": "track_album",
    "song_info": "track_more",
    "wrap_song_info": "track_box",
    "d_song_list": "track_table",
    "service_list_song": "track_list",
    "image_typeAll": "track_cover",
    "checkEllipsis": "artist_copy",
    "songList": "trackArea",
    "tb_list": "chartArea",
    "frm": "trackForm",
    "section_info": "track_head",
    "song_name": "track_head_title",
    "artist_name": "track_head_artist",
    "section_lyric": "words",
    "wrap_lyric": "words_box",
    "lyricArea": "wordsArea",
    "lyric": "words_text",
    "lyric_none": "words_none",
    "d_video_summary": "wordsText",
}
_ATTRIBUTE = re.compile(r'\b(class|id|name)="([^"]*)"')


def rename(html: str, names: dict[str, str]) -> str:
    """Rename classes, ids and names in the tags of a page; text and scripts stay."""

    def tokens(match: re.Match[str]) -> str:
        kept = " ".join(names.get(token, token) for token in match[2].split(" "))
        return f'{match[1]}="{kept}"'

    return _ATTRIBUTE.sub(tokens, html)
