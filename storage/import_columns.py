"""Which field of a song a file's column holds, whatever people have called it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from storage.errors import ImportFailed

FIELDS = (
    *("song_id", "title", "artist", "artists", "album", "album_id", "genre", "genre_code", "page_genres", "released", "released_text"),
    *(
        "image_url",
        "adult",
        "lyrics",
        "lyrics_hash",
        "lyrics_status",
        "likes",
        "likes_at",
        "first_seen",
        "last_seen",
        "details_at",
        "source",
    ),
    *("delisted_at", "gone_at", "credits"),
    *(
        "emotions",
        "main_emotion",
        "emotion_counts",
        "emotion_probabilities",
        "model_fingerprint",
        "n_lines",
        "tagged_at",
        "tagged_lyrics_hash",
    ),
)
_OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "song_id": ("songid", "song no", "songno", "id", "곡id", "곡번호", "노래id"),
    "title": ("제목", "곡명", "노래", "노래제목", "곡", "song", "name", "track"),
    "artist": ("singer", "가수", "아티스트", "가수명", "singers"),
    "album": ("앨범", "앨범명"),
    "genre": ("장르", "gnr"),
    "lyrics": ("가사", "lyric"),
    "image_url": ("img", "image", "이미지", "img_url", "cover", "앨범이미지"),
    "likes": ("like", "좋아요", "좋아요수", "like_count", "likecount"),
    "released": ("발매일", "release", "release_date", "date"),
    "emotions": ("감정들", "감정목록"),
    "main_emotion": ("category", "감정", "emotion", "label", "카테고리"),
}
_BY_NAME = {name: field for field in FIELDS for name in (field, *_OTHER_NAMES.get(field, ()))}


def columns_of(path: Path, names: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Column name → field. `given` (from `--map`) outranks the known names; other columns are left out.

    Raises ImportFailed for a mapping that names no column or no field, for two columns of one field, and without title or artist.
    """
    for column, chosen in given.items():
        if column not in names:
            raise ImportFailed(f"{path} has no column {column!r}; it has {', '.join(names)}")
        if chosen not in FIELDS:
            raise ImportFailed(f"there is no field {chosen!r} to map to; known: {', '.join(FIELDS)}")
    mapped = dict(given)
    for name in names:
        field = _BY_NAME.get(name.strip().casefold().replace(" ", "_")) or _BY_NAME.get(name.strip().casefold().replace(" ", ""))
        if name not in mapped and field is not None and field not in mapped.values():
            mapped[name] = field
    fields = list(mapped.values())
    twice = sorted({field for field in fields if fields.count(field) > 1})
    if twice:
        raise ImportFailed(f"two columns are mapped to {twice[0]}: map each field once")
    missing = [field for field in ("title", "artist") if field not in fields and not (field == "artist" and "artists" in fields)]
    if missing:
        raise ImportFailed(
            f"{path} has no column for the {missing[0]} (columns: {', '.join(names)}): name it with --map COLUMN={missing[0]}"
        )
    return mapped
