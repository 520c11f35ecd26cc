"""The openly licensed sets: KOTE (MIT), songys' chatbot (MIT), GoEmotions in Korean (Apache-2.0), mapped to the seven emotions.

Their labels are finer and several a row. Each fine label gives its row a share of one emotion; a row is kept when one emotion has the
majority of its shares, so that a comment both angry and sad teaches neither.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tagging.corpora.sentences import Sentence

# Fine label → emotion, in the order of the sets' own ids; an empty one says nothing clear about the seven.
KOTE: Mapping[str, str] = {
    "불평/불만": "분노",
    "환영/호의": "행복",
    "감동/감탄": "행복",
    "지긋지긋": "혐오",
    "고마움": "행복",
    "슬픔": "슬픔",
    "화남/분노": "분노",
    "존경": "행복",
    "기대감": "행복",
    "우쭐댐/무시함": "혐오",
    "안타까움/실망": "슬픔",
    "비장함": "",
    "의심/불신": "",
    "뿌듯함": "행복",
    "편안/쾌적": "행복",
    "신기함/관심": "놀람",
    "아껴주는": "행복",
    "부끄러움": "놀람",
    "공포/무서움": "공포",
    "절망": "슬픔",
    "한심함": "혐오",
    "역겨움/징그러움": "혐오",
    "짜증": "분노",
    "어이없음": "분노",
    "없음": "중립",
    "패배/자기혐오": "슬픔",
    "귀찮음": "",
    "힘듦/지침": "슬픔",
    "즐거움/신남": "행복",
    "깨달음": "놀람",
    "죄책감": "슬픔",
    "증오/혐오": "혐오",
    "흐뭇함(귀여움/예쁨)": "행복",
    "당황/난처": "놀람",
    "경악": "놀람",
    "부담/안_내킴": "공포",
    "서러움": "슬픔",
    "재미없음": "",
    "불쌍/연민": "슬픔",
    "놀람": "놀람",
    "행복": "행복",
    "불안/걱정": "공포",
    "기쁨": "행복",
    "안심/신뢰": "행복",
}
GOEMOTIONS: Mapping[str, str] = {
    "admiration": "행복",
    "amusement": "행복",
    "anger": "분노",
    "annoyance": "분노",
    "approval": "",
    "caring": "행복",
    "confusion": "놀람",
    "curiosity": "놀람",
    "desire": "",
    "disappointment": "슬픔",
    "disapproval": "분노",
    "disgust": "혐오",
    "embarrassment": "놀람",
    "excitement": "행복",
    "fear": "공포",
    "gratitude": "행복",
    "grief": "슬픔",
    "joy": "행복",
    "love": "행복",
    "nervousness": "공포",
    "optimism": "행복",
    "pride": "행복",
    "realization": "놀람",
    "relief": "행복",
    "remorse": "슬픔",
    "sadness": "슬픔",
    "surprise": "놀람",
    "neutral": "중립",
}
CHATBOT: Mapping[str, str] = {"1": "슬픔", "2": "행복"}

_MAJORITY = 0.6


def read_kote(path: Path) -> Iterator[Sentence]:
    """KOTE's rows `id, text, ids` that have a majority emotion."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t"):
            label = _majority(tuple(KOTE.values()), row[2].split(",")) if len(row) == 3 else None
            if label:
                yield Sentence(row[1], label, "kote")


def read_goemotions(path: Path) -> Iterator[Sentence]:
    """GoEmotions' rows `text, ids[, comment id]` that have a majority emotion."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            label = _majority(tuple(GOEMOTIONS.values()), row[1].split(",")) if len(row) >= 2 else None
            if label:
                yield Sentence(row[0], label, "goemotions")


def read_chatbot(path: Path) -> Iterator[Sentence]:
    """The chatbot's questions on parting (슬픔) and love (행복); its everyday questions carry every feeling and are left out."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["label"] in CHATBOT:
                yield Sentence(row["Q"], CHATBOT[row["label"]], "chatbot")


def _majority(names: Sequence[str], ids: Sequence[str]) -> str | None:
    shares = Counter(names[int(number)] for number in ids if number.strip().isdigit() and int(number) < len(names))
    del shares[""]
    if not shares:
        return None
    label, count = shares.most_common(1)[0]
    return label if count >= _MAJORITY * shares.total() else None
