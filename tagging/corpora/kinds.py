"""AI Hub's four corpora, each told by its columns, wherever they stand and however they are spelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tagging.corpora.emotional import emotional_label
from tagging.corpora.tables import Row
from tagging.emotions import LABELS


@dataclass(frozen=True, slots=True)
class Read:
    """One row as read: a sentence and its emotion, or, with `refused`, why it is not used."""

    line: int
    text: str
    label: str
    raw_label: str
    group: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a corpus' columns stand: position by role."""

    places: Mapping[str, int]

    def cell(self, cells: Sequence[str], role: str) -> str:
        """The cell of a role, '' where the row or the column ends before it."""
        place = self.places.get(role, -1)
        return cells[place] if 0 <= place < len(cells) else ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A corpus: the roles it needs, each with its known column names (plain spelling), and how a row becomes a sentence."""

    name: str
    title: str
    roles: Mapping[str, tuple[str, ...]]
    optional: Mapping[str, tuple[str, ...]]
    read: Callable[[Iterator[Row], Columns], Iterator[Read]]

    def columns(self, found: Mapping[str, int]) -> Columns | None:
        """The columns of a header that has all that the kind needs, else None."""
        places: dict[str, int] = {}
        for role, names in {**self.roles, **self.optional}.items():
            place = next((found[name] for name in names if name in found), None)
            if place is not None:
                places[role] = place
            elif role in self.roles:
                return None
        return Columns(places)


VOICE_LABELS: Mapping[str, str] = {
    "happiness": "행복",
    "happy": "행복",
    "surprise": "놀람",
    "anger": "분노",
    "angry": "분노",
    "fear": "공포",
    "disgust": "혐오",
    "sad": "슬픔",
    "sadness": "슬픔",
    "neutral": "중립",
}


def _read_labelled(rows: Iterator[Row], columns: Columns) -> Iterator[Read]:
    """Rows whose label is exactly one of the seven."""
    for line, cells in rows:
        text, raw = columns.cell(cells, "text"), columns.cell(cells, "label")
        if text or raw:
            yield _judged(line, text, raw if raw in LABELS else "", raw)


def _read_dialogues(rows: Iterator[Row], columns: Columns) -> Iterator[Read]:
    """The same, with the dialogue that a row belongs to as its group."""
    dialogue = 0
    for line, cells in rows:
        dialogue += columns.cell(cells, "dialogue").upper() == "S"
        text, raw = columns.cell(cells, "text"), columns.cell(cells, "label")
        if text or raw:
            yield _judged(line, text, raw if raw in LABELS else "", raw, f"dialogue-{dialogue}")


def _read_voice(rows: Iterator[Row], columns: Columns) -> Iterator[Read]:
    """The scenario's emotion (상황)."""
    for line, cells in rows:
        raw = columns.cell(cells, "label")
        yield _judged(line, columns.cell(cells, "text"), VOICE_LABELS.get(raw.lower(), ""), raw)


def _read_voice_majority(rows: Iterator[Row], columns: Columns) -> Iterator[Read]:
    """The emotion that most of the five annotators heard; a tie is refused."""
    for line, cells in rows:
        votes = Counter(VOICE_LABELS.get(columns.cell(cells, f"vote{number}").lower(), "") for number in range(1, 6))
        del votes[""]
        best = votes.most_common(2)
        clear = bool(best) and (len(best) == 1 or best[0][1] > best[1][1])
        yield _judged(line, columns.cell(cells, "text"), best[0][0] if clear else "", "/".join(votes) or "no votes")


def _read_emotional(fine: bool) -> Callable[[Iterator[Row], Columns], Iterator[Read]]:
    def read(rows: Iterator[Row], columns: Columns) -> Iterator[Read]:
        for line, cells in rows:
            main, sub = columns.cell(cells, "main"), columns.cell(cells, "sub")
            yield _judged(line, columns.cell(cells, "text"), emotional_label(main, sub, fine=fine), f"{main}/{sub}")

    return read


def _judged(line: int, text: str, label: str, raw: str, group: str = "") -> Read:
    reason = "no text" if not text else "no label" if not raw.strip("/") else f"unknown label {raw!r}" if not label else ""
    return Read(line, text, label, raw, group, reason)


_TEXT = ("발화문", "발화", "sentence", "문장", "text")
_VOTES = {f"vote{number}": (f"{number}번감정",) for number in range(1, 6)}


def kinds(*, voice_label: str = "situation", fine: bool = False) -> tuple[Kind, ...]:
    """The kinds, in the order in which a header is tried.

    `voice_label` is `situation` or `majority`; `fine` maps 감성 대화 by its 60 codes.
    """
    read_voice = _read_voice_majority if voice_label == "majority" else _read_voice
    main = {"main": ("감정대분류", "대분류"), "text": ("사람문장1", "문장1")}
    return (
        Kind("emotional", "감성 대화 말뭉치", main, {"sub": ("감정소분류", "소분류")}, _read_emotional(fine)),
        Kind(
            "voice",
            "감정 분류를 위한 대화 음성",
            {"text": _TEXT, "label": ("상황", "situation"), "vote1": ("1번감정",)},
            _VOTES,
            read_voice,
        ),
        Kind(
            "dialogues",
            "한국어 연속적 대화",
            {"dialogue": ("dialog#", "dialogue#", "dialog"), "text": _TEXT, "label": ("감정", "emotion")},
            {},
            _read_dialogues,
        ),
        Kind("single", "한국어 단발성 대화", {"text": _TEXT, "label": ("emotion", "감정")}, {}, _read_labelled),
    )
