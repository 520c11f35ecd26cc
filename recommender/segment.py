"""One immutable part of the index on disk: how it is written, and how it is read without loading it.

Songs are ordered by main emotion, so that a search inside one emotion touches one contiguous run. The postings of a term are kept per
emotion, as (song, impact): the BM25 share that the term adds to the song's score, computed once here instead of at every query.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.background import telling
from recommender.errors import IndexDamaged
from recommender.ngrams import terms_of
from recommender.profile import popularity_of, profiles_of_songs
from recommender.rows import IndexableSong
from recommender.theme import themes_of_songs
from tagging.emotions import LABELS, N_LABELS
from tagging.tensors import open_array

# Songs in a segment at most: 16 bits of the sort key below, and a memory bound for a build of any size.
CAPACITY = 1 << 16
# BM25's usual constants; the mean length is frozen (terms of a typical lyric) for the same reason as the background table.
K1, B, MEAN_LENGTH = 1.2, 0.75, 420.0

_DOC_BITS, _TERM_BITS = np.uint64(16), np.uint64(32)
# Its own method, since `json.loads` looks for white space around each record as well.
_DECODER = json.JSONDecoder()
_POSTING_ARRAYS = ("keys", "starts", "docs", "impacts")
_SONG_ARRAYS = ("profiles", "themes", "theme_scales", "popularity", "likes", "years", "genres", "id_hashes")
# Only there when the index was built with a sentence encoder.
_EMBEDDING_ARRAYS = ("embeddings", "embedding_scales")
_ARRAYS = (*_POSTING_ARRAYS, *_SONG_ARRAYS, "emotion_starts", "record_starts", "lyric_starts")


@dataclass(frozen=True, slots=True)
class SongRecord:
    """What a recommendation shows of a song, kept whole so that answering needs no database."""

    song_id: str
    title: str
    artist: str
    album: str | None
    genre: str | None
    image_url: str | None
    likes: int | None
    released: str | None
    emotion: str
    counts: tuple[int, ...]
    probabilities: tuple[float, ...]


def hash_id(song_id: str) -> int:
    """64-bit hash of a song id, the same in every process."""
    return int.from_bytes(blake2b(song_id.encode(), digest_size=8).digest(), "little")


Embed = Callable[[Sequence[str]], tuple[NDArray[np.int8], NDArray[np.float32]]]
"""Lyrics → directions int8 (n, d) and factors float32 (n,), as `recommender.embedding` keeps them."""


def write_segment(folder: Path, songs: Sequence[IndexableSong], embed: Embed | None = None) -> None:
    """Write tagged songs (1 to 65536 of them) as a new segment folder. The caller publishes it in the manifest."""
    ordered = sorted(songs, key=lambda song: (LABELS.index(song.main_emotion or ""), song.song_id))
    folder.mkdir(parents=True)
    emotions = np.fromiter((LABELS.index(song.main_emotion or "") for song in ordered), dtype=np.uint64, count=len(ordered))
    arrays = _postings(ordered, emotions) | _columns(ordered, emotions)
    genre_names = sorted({song.genre for song in ordered if song.genre})
    place = {name: position for position, name in enumerate(genre_names)}
    arrays["genres"] = np.fromiter((place.get(song.genre or "", -1) for song in ordered), dtype=np.int16, count=len(ordered))
    arrays["record_starts"] = _write_texts(folder / "records.jsonl", [_record_json(song) for song in ordered])
    arrays["lyric_starts"] = _write_texts(folder / "lyrics.txt", [song.lyrics or "" for song in ordered])
    if embed is not None:
        arrays["embeddings"], arrays["embedding_scales"] = embed([song.lyrics or "" for song in ordered])
    for name in arrays:
        np.save(folder / f"{name}.npy", arrays[name], allow_pickle=False)
    (folder / "genres.json").write_text(json.dumps(genre_names, ensure_ascii=False), encoding="utf-8")


def _postings(ordered: Sequence[IndexableSong], emotions: NDArray[np.uint64]) -> dict[str, NDArray[Any]]:
    """Sort every occurrence once as one integer (emotion, term, song); equal neighbours are then a term's frequency in a song."""
    terms, owners = terms_of([song.lyrics or "" for song in ordered])
    docs = owners.astype(np.uint64)
    packed = (emotions[owners] << (_TERM_BITS + _DOC_BITS)) | (terms.astype(np.uint64) << _DOC_BITS) | docs
    lengths = np.bincount(owners, minlength=len(ordered)).astype(np.float32)
    packed.sort()
    first = np.flatnonzero(np.concatenate(([True], packed[1:] != packed[:-1]))) if packed.size else np.empty(0, dtype=np.int64)
    frequency = np.diff(np.append(first, packed.size)).astype(np.float32)
    packed = packed[first]
    doc = (packed & np.uint64(CAPACITY - 1)).astype(np.int32)
    themes, scales = themes_of_songs(((packed >> _DOC_BITS) & np.uint64(0xFFFFFFFF)).astype(np.uint32), doc, frequency, len(ordered))
    keys, starts = _runs(packed >> _DOC_BITS)
    weight = np.repeat(telling((keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)), np.diff(starts))
    norm = K1 * (1 - B + B * lengths[doc] / MEAN_LENGTH)
    impacts = (weight * frequency * (K1 + 1) / (frequency + norm)).astype(np.float32)
    return {"keys": keys, "starts": starts, "docs": doc.astype(np.uint16), "impacts": impacts, "themes": themes, "theme_scales": scales}


def _runs(values: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Distinct values of a sorted array, and where each one's run starts (one more entry than values)."""
    if not values.size:
        return values, np.zeros(1, dtype=np.int64)
    first = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    return values[first], np.append(first, values.size)


def _columns(ordered: Sequence[IndexableSong], emotions: NDArray[np.uint64]) -> dict[str, NDArray[Any]]:
    n = len(ordered)
    likes = np.fromiter((-1 if song.likes is None else song.likes for song in ordered), dtype=np.int64, count=n)
    return {
        "profiles": profiles_of_songs(
            np.array([song.probabilities for song in ordered], dtype=np.float32).reshape(n, N_LABELS), emotions.astype(np.int64)
        ),
        "popularity": popularity_of(likes),
        "likes": likes,
        "years": np.fromiter((song.released.year if song.released else 0 for song in ordered), dtype=np.int16, count=n),
        "id_hashes": np.fromiter((hash_id(song.song_id) for song in ordered), dtype=np.uint64, count=n),
        "emotion_starts": np.searchsorted(emotions, np.arange(N_LABELS + 1, dtype=np.uint64)).astype(np.int64),
    }


def _record_json(song: IndexableSong) -> str:
    """The fields of `SongRecord` in their order, without names: an answer of ten songs spends most of its time reading them again."""
    released = song.released.isoformat() if song.released else None
    told = (song.song_id, song.title, song.artist, song.album, song.genre, song.image_url, song.likes, released, song.main_emotion or "")
    # The shortest numbers that are the same in float32.
    probabilities = [float(str(np.float32(value))) for value in song.probabilities or ()]
    return json.dumps([*told, list(song.counts or ()), probabilities], ensure_ascii=False, separators=(",", ":"))


def _write_texts(path: Path, texts: Sequence[str]) -> NDArray[np.int64]:
    """Write texts back to back as UTF-8; returns where each starts, in bytes, and the end: int64 (n + 1,)."""
    starts = [0]
    with path.open("wb") as file:
        for text in texts:
            starts.append(starts[-1] + file.write(text.encode("utf-8", errors="surrogatepass")))
    return np.array(starts, dtype=np.int64)


class Segment:
    """A written segment, memory-mapped. All arrays have one row a song, in the segment's order.

    `profiles` float32 (n, 7) unit rows · `themes` int8 (n, d) directions · `theme_scales` float32 (n,) what makes them unit vectors ·
    `popularity` float32 (n,) in [0, 1] · `likes` int64 (n,), -1 unknown · `years` int16 (n,), 0 unknown · `genres` int16 (n,),
    position in `genre_names`, -1 none · `embeddings` and `embedding_scales` like those of themes, None without a sentence encoder ·
    `emotion_starts` int64 (8,): songs of emotion e are the rows from starts[e] to starts[e + 1].
    """

    def __init__(self, folder: Path) -> None:
        """Open a segment. Raises IndexDamaged naming the file that is missing or cannot be read."""
        self.folder = folder
        try:
            arrays = {name: open_array(folder / f"{name}.npy") for name in self._names()}
            self.genre_names: list[str] = json.loads((folder / "genres.json").read_text(encoding="utf-8"))
            self._records, self._lyrics = (_map_bytes(folder / name) for name in ("records.jsonl", "lyrics.txt"))
        except FileNotFoundError as error:
            raise IndexDamaged(f"the index lacks {error.filename}; rebuild it with `reumi index --rebuild`") from error
        except (ValueError, EOFError, OSError) as error:
            raise IndexDamaged(f"the index in {folder} cannot be read ({error}); rebuild it with `reumi index --rebuild`") from error
        self._keys, self._starts, self._docs, self._impacts = (arrays[name] for name in _POSTING_ARRAYS)
        self.profiles, self.themes, self.theme_scales, self.popularity = (arrays[name] for name in _SONG_ARRAYS[:4])
        self.likes, self.years, self.genres, self.id_hashes = (arrays[name] for name in _SONG_ARRAYS[4:])
        self._song_arrays = [arrays[name] for name in _SONG_ARRAYS]
        self.embeddings, self.embedding_scales = (arrays.get(name) for name in _EMBEDDING_ARRAYS)
        self._song_arrays += [arrays[name] for name in _EMBEDDING_ARRAYS if name in arrays]
        self.emotion_starts = arrays["emotion_starts"]
        self._record_starts, self._lyric_starts = arrays["record_starts"], arrays["lyric_starts"]
        if not self._is_whole():
            raise IndexDamaged(f"the files of {folder} do not belong together; rebuild it with `reumi index --rebuild`")

    def _names(self) -> tuple[str, ...]:
        """Its arrays; the embeddings only where one of their files is there."""
        embedded = any((self.folder / f"{name}.npy").exists() for name in _EMBEDDING_ARRAYS)
        return (*_ARRAYS, *_EMBEDDING_ARRAYS) if embedded else _ARRAYS

    def _is_whole(self) -> bool:
        """Whether the sizes of all files agree: what a full disk or a power cut leaves is shorter than it says."""
        songs, postings = self.likes.shape[0], self._docs.shape[0]
        return (
            all(array.shape[0] == songs for array in self._song_arrays)
            and self.emotion_starts.shape == (N_LABELS + 1,)
            and int(self.emotion_starts[-1]) == songs
            and self._starts.shape[0] == self._keys.shape[0] + 1
            and int(self._starts[-1]) == postings == self._impacts.shape[0]
            and self._record_starts.shape[0] == self._lyric_starts.shape[0] == songs + 1
            and int(self._record_starts[-1]) == len(self._records)
            and int(self._lyric_starts[-1]) == len(self._lyrics)
        )

    def __len__(self) -> int:
        return int(self.likes.shape[0])

    def lexical(self, emotion: int, terms: NDArray[np.uint32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sum of weight times impact over the query's terms, for every song of one emotion: float32 (songs of that emotion,)."""
        low, high = int(self.emotion_starts[emotion]), int(self.emotion_starts[emotion + 1])
        wanted = (np.uint64(emotion) << _TERM_BITS) | terms.astype(np.uint64)
        places = np.searchsorted(self._keys, wanted)
        places = np.minimum(places, max(len(self._keys) - 1, 0))
        found = self._keys[places] == wanted if len(self._keys) else np.zeros(terms.shape, dtype=np.bool_)
        places, weights = places[found], weights[found]
        if not places.size:
            return np.zeros(high - low, dtype=np.float32)
        starts, ends = self._starts[places], self._starts[places + 1]
        docs = np.concatenate([self._docs[start:end] for start, end in zip(starts, ends, strict=True)]).astype(np.intp)
        shares = np.concatenate([self._impacts[start:end] * weight for start, end, weight in zip(starts, ends, weights, strict=True)])
        return np.bincount(docs - low, weights=shares, minlength=high - low).astype(np.float32)

    def record(self, row: int) -> SongRecord:
        """The song of one row."""
        told: list[Any] = _DECODER.raw_decode(self._text(self._records, self._record_starts, row))[0]
        told[-2:] = map(tuple, told[-2:])
        return SongRecord(*told)

    def lyrics(self, row: int) -> str:
        """The lyrics of one row, empty where there are none."""
        return self._text(self._lyrics, self._lyric_starts, row)

    def holds(self, row: int, song: IndexableSong) -> bool:
        """Whether a row is exactly this song."""
        return self._text(self._records, self._record_starts, row) == _record_json(song) and self.lyrics(row) == (song.lyrics or "")

    def _text(self, texts: mmap | bytes, starts: NDArray[np.int64], row: int) -> str:
        start, end = int(starts[row]), int(starts[row + 1])
        data = texts[start:end]
        if len(data) != end - start:
            raise IndexDamaged(f"a text file in {self.folder} is too short; rebuild it with `reumi index --rebuild`")
        return data.decode("utf-8", errors="surrogatepass")


def _map_bytes(path: Path) -> mmap | bytes:
    """Map a file, so that it stays readable after a rebuild has unlinked it; an empty file cannot be mapped."""
    with path.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ) if path.stat().st_size else b""
