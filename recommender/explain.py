"""Reasons in plain Korean: the lyric line nearest to the diary, the shared feeling, the likes."""

from __future__ import annotations

from recommender.blend import Candidate
from recommender.korean import NOUNS, OF_A_SONG, shorten, with_particle
from recommender.nearest import nearest_line
from recommender.query import Mode, Query
from recommender.theme import nearness
from tagging.emotions import Emotion

# A theme this near is felt by a reader too; below, it decides among songs but convinces nobody.
_FELT_THEME = 0.35
# One shared word may be a homonym or a turn of speech: a line that shares no more is quoted only where the subject is near as well. Set by
# reading the 161 such pairs in the answers to the judged diaries: below this hardly one convinces.
_SAME_SUBJECT = 0.25
_QUOTES = (
    "“{line}” — 일기의 “{sentence}” 대목과 닿아 있는 노랫말이에요.",
    "일기의 “{sentence}” 대목에서 이 한 줄이 떠올랐어요: “{line}”",
)


def reasons(query: Query, candidate: Candidate, place: int = 0) -> list[str]:
    """Sentences in Korean, the most personal first; never empty. `place` in the answer varies the wording."""
    record = candidate.record
    sentences = [sentence.text for sentence in query.reading.sentences] or [query.text]
    nearest = nearest_line(sentences, candidate.segment.lyrics(candidate.row))
    found: list[str] = []
    theme = _theme(query, candidate)
    if nearest is not None and (nearest.shared > 1 or theme >= _SAME_SUBJECT):
        found.append(_quote(nearest.line, nearest.sentence, place))
    elif theme >= _FELT_THEME:
        found.append("같은 낱말은 없어도 일기와 비슷한 이야기를 하는 노래예요.")
    found.append(_feeling(query, candidate))
    if record.likes:
        found.append(f"{record.likes:,}명이 ‘좋아요’를 눌렀어요.")
    return found


def _theme(query: Query, candidate: Candidate) -> float:
    row = slice(candidate.row, candidate.row + 1)
    return float(nearness(candidate.segment.themes[row], candidate.segment.theme_scales[row], query.theme)[0])


def _quote(line: str, sentence: str, place: int) -> str:
    return _QUOTES[place % len(_QUOTES)].format(line=shorten(line), sentence=shorten(sentence).rstrip(".!?~ "))


def _feeling(query: Query, candidate: Candidate) -> str:
    record = candidate.record
    emotion = Emotion(record.emotion)
    return f"{_why(query, emotion)} {_share(record.counts[emotion.class_id], sum(record.counts), emotion)}".rstrip()


def _why(query: Query, emotion: Emotion) -> str:
    song = f"{OF_A_SONG[emotion]} 노래"
    if emotion.class_id not in query.partitions[: query.near]:
        wanted = OF_A_SONG[_wanted(query)]
        return f"{wanted} 노래가 모자라 가까운 마음을 찾았더니 {song}예요."
    if query.wish.emotion is not None:
        return f"고르신 마음에 맞춘 {song}예요."
    if query.wish.mode is Mode.LIFT:
        return f"기분을 바꿔 줄 {song}예요."
    if emotion is query.reading.emotion:
        return f"오늘처럼 {song}예요."
    shares = query.reading.probabilities
    strongest = query.reading.emotion
    return (
        f"오늘 마음에는 {NOUNS[strongest]} {shares[strongest.class_id]:.0%}에 {NOUNS[emotion]}도 "
        f"{shares[emotion.class_id]:.0%} 섞여 있어서 {with_particle(song, '을', '를')} 골랐어요."
    )


def _wanted(query: Query) -> Emotion:
    return list(Emotion)[query.partitions[0]]


def _share(lines: int, total: int, emotion: Emotion) -> str:
    if not lines:
        return ""
    feeling = with_particle(NOUNS[emotion], "이", "가")
    part = f"{total}줄 모두에" if lines == total else f"{total}줄 가운데 {lines}줄에"
    return f"노랫말 {part} {feeling} 배어 있어요."
