"""A file's row → a song's fields, or the reason why it cannot be one."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from scraper.errors import BadRequest
from scraper.records import LyricsStatus
from scraper.site import genre as site_genre
from storage.emotion_columns import LABELS, from_original_order
from storage.errors import TextRefused
from storage.song_rows import UNREAD
from storage.types import checked

IMPORTED_MODEL = "imported-labels"

_STATUSES = {UNREAD, *map(str, LyricsStatus)}
_DEEPEST = 16  # levels of lists and objects within a value; no field of a song has more than two
_DATE = re.compile(r"(\d{4})[.\-/](\d{1,2})[.\-/](\d{1,2})\.?")


class RowRefused(ValueError):
    """A row that cannot be a song; the message is the reason."""


@dataclass(frozen=True, slots=True)
class ImportedLabels:
    """The emotions that a row carries, in class-id order."""

    counts: tuple[int, ...]
    probabilities: tuple[float, ...]
    main_emotion: str | None
    model_fingerprint: str
    n_lines: int
    lyrics_hash: str | None  # None: the song's own lyrics were read
    tagged_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportedSong:
    """A row as a song: `fields` holds only what the row tells, by the columns of `songs`."""

    song_id: str
    fields: dict[str, Any]
    labels: ImportedLabels | None


def derived_id(title: str, artist: str) -> str:
    """The id of a song that comes without one: `x` and 16 hex digits of the SHA-256 of title and artist.

    Unicode form, case and runs of white space make no difference, so the same song gets the same id from every file.
    """
    words = "\x1f".join(" ".join(unicodedata.normalize("NFC", text).casefold().split()) for text in (title, artist))
    return "x" + hashlib.sha256(words.encode()).hexdigest()[:16]


def song_of(cells: Mapping[str, Any]) -> ImportedSong:
    """The song in a row whose cells are named by field. Raises RowRefused."""
    try:
        known = {field: value for field, value in cells.items() if not _is_empty(value)}
        names = _artists(known)
        title = _text(known.get("title"), "title")
        if not title.strip():
            raise RowRefused("no title")
        artist = _text(known.get("artist"), "artist") or ", ".join(str(name["name"]) for name in names)
        if not artist.strip():
            raise RowRefused("no artist")
        song_id = _song_id(known.get("song_id")) or derived_id(title, artist)
        fields = {"title": title, "artist": artist, "artists": names or [{"name": artist, "artist_id": None}]}
        fields |= {field: _PARSERS[field](value, field) for field, value in known.items() if field in _PARSERS}
        _complete(fields)
        return ImportedSong(song_id, fields, _labels(known))
    except TextRefused as error:
        raise RowRefused(str(error).partition(":")[0]) from error
    except RecursionError as error:
        raise RowRefused("a value is nested too deeply") from error


def _complete(fields: dict[str, Any]) -> None:
    if "genre" in fields and "genre_code" not in fields:
        try:
            known = site_genre(fields["genre"])
        except BadRequest:
            pass
        else:
            fields["genre_code"], fields["genre"] = known.code, known.name
    if fields.get("lyrics") and "lyrics_status" not in fields:
        fields["lyrics_status"] = str(LyricsStatus.OK)


def _is_empty(value: Any) -> bool:
    # NaN is how pandas writes an absent value into JSON and Parquet.
    return value is None or value == "" or (isinstance(value, float) and value != value)


def _song_id(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a spreadsheet has made a number of it
    text = str(value).strip()
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", text):
        raise RowRefused(f"the song id {text!r} is not made of letters and digits")
    return text


def _text(value: Any, field: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | int | float | str):
        return checked(str(value), f"the {field}")
    raise RowRefused(f"the {field} is not text")


def _integer(value: Any, field: str) -> int:
    text = str(value).strip().replace(",", "")
    if re.fullmatch(r"-?\d+\.0+", text):
        text = text.partition(".")[0]
    if not re.fullmatch(r"\d{1,9}", text):
        raise RowRefused(f"the {field} {str(value)!r} is not a count")
    return int(text)


def _boolean(value: Any, field: str) -> bool:
    text = str(value).strip().casefold()
    if text not in {"true", "false", "1", "0"}:
        raise RowRefused(f"the {field} {value!r} is neither true nor false")
    return text in {"true", "1"}


def _date(value: Any, field: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = _DATE.fullmatch(str(value).strip().partition(" ")[0])
    try:
        return date(*(int(part) for part in match.groups())) if match else date.fromisoformat("")
    except ValueError:
        raise RowRefused(f"the {field} {str(value)!r} is not a date such as 2017-06-26") from None


def _instant(value: Any, field: str) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowRefused(f"the {field} {str(value)!r} is not an instant such as 2026-11-01 03:00:00+00:00") from None


def _list(value: Any, field: str) -> list[Any]:
    try:
        found = json.loads(value) if isinstance(value, str) else list(value)
    except (ValueError, TypeError):  # not JSON, a number of too many digits, or one value alone
        raise RowRefused(f"the {field} {str(value)[:80]!r} is not a list") from None
    if not isinstance(found, list) or isinstance(value, Mapping):
        raise RowRefused(f"the {field} {str(value)[:80]!r} is not a list")
    if _is_deep(found):
        raise RowRefused(f"the {field} is nested too deeply")
    try:
        text = json.dumps(found, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError):
        raise RowRefused(f"the {field} holds something other than text and finite numbers") from None
    checked(text.replace("\\u0000", "\x00"), f"the {field}")
    return found


def _is_deep(value: Any, levels: int = _DEEPEST) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deep(item, levels - 1) for item in inner)


def _status(value: Any, field: str) -> str:
    if not isinstance(value, str) or value not in _STATUSES:
        raise RowRefused(f"the {field} {value!r} is none of {', '.join(sorted(_STATUSES))}")
    return str(value)


def _source(value: Any, field: str) -> str:
    if value not in ("crawl", "import"):
        raise RowRefused(f"the {field} {value!r} is neither crawl nor import")
    return str(value)


def _artists(known: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "artists" not in known:
        return []
    people = _list(known["artists"], "artists")
    if not all(isinstance(person, dict) and person.get("name") for person in people):
        raise RowRefused("the artists are not a list of objects with a name")
    return [{"name": person["name"], "artist_id": person.get("artist_id")} for person in people]


_PARSERS: dict[str, Any] = {
    **dict.fromkeys(("album", "album_id", "genre", "genre_code", "released_text", "image_url", "lyrics"), _text),
    **dict.fromkeys(("likes_at", "first_seen", "last_seen", "details_at", "delisted_at", "gone_at"), _instant),
    **dict.fromkeys(("page_genres", "credits"), _list),
    "released": _date,
    "likes": _integer,
    "adult": _boolean,
    "lyrics_status": _status,
    "source": _source,
}


def _labels(known: Mapping[str, Any]) -> ImportedLabels | None:
    counts = _counts(known)
    main = known.get("main_emotion")
    if main is not None and main not in LABELS:
        raise RowRefused(f"the emotion {main!r} is none of {', '.join(LABELS)}")
    if counts is None or not (main is not None or any(counts) or "model_fingerprint" in known):
        return None
    lines = _integer(sum(counts), "sum of the emotions")
    given = known.get("emotion_probabilities")
    probabilities = _numbers(given) if given is not None else [count / lines if lines else 1 / len(counts) for count in counts]
    fingerprint = _text(known.get("model_fingerprint"), "model_fingerprint") or IMPORTED_MODEL
    # An export names the main emotion itself, or leaves it empty where the model read none.
    if main is None and "model_fingerprint" not in known:
        main = LABELS[counts.index(max(counts))]
    tagged = _instant(known["tagged_at"], "tagged_at") if "tagged_at" in known else None
    n_lines = _integer(known["n_lines"], "n_lines") if "n_lines" in known else lines
    read = _text(known.get("tagged_lyrics_hash"), "tagged_lyrics_hash") or None
    return ImportedLabels(counts, tuple(probabilities), main, fingerprint, n_lines, read, tagged)


def _counts(known: Mapping[str, Any]) -> tuple[int, ...] | None:
    field = "emotion_counts" if "emotion_counts" in known else "emotions"
    if field not in known:
        return None
    counts = [_integer(count, field) for count in _list(known[field], field)]
    if len(counts) != len(LABELS):
        raise RowRefused(f"the {field} are {len(counts)} counts, not seven")
    return tuple(counts) if field == "emotion_counts" else from_original_order(counts)


def _numbers(value: Any) -> list[float]:
    numbers = _list(value, "emotion_probabilities")
    if len(numbers) != len(LABELS) or not all(isinstance(number, int | float) for number in numbers):
        raise RowRefused("the emotion_probabilities are not seven numbers")
    try:
        return [float(number) for number in numbers]
    except OverflowError:
        raise RowRefused("the emotion_probabilities are not seven numbers") from None
