"""What the screen says, in Korean."""

from __future__ import annotations

from collections.abc import Mapping

from tagging.emotions import Emotion

TITLE = "감정일기 플레이리스트"
PROMPT = "당신의 오늘의 일기를 입력해주세요. 오늘 무슨 일이 있었고 어떤 감정을 느끼셨나요?"
INVITATION = "일기를 기록하고 나만의 감성이 담긴 플레이리스트를 추천받으세요."

_SAID = {
    Emotion.HAPPINESS: "마음에 볕이 환하게 든 하루였네요. 이 기분이 오래 머물도록 노래를 골랐어요.",
    Emotion.SURPRISE: "가슴이 철렁, 혹은 두근. 예상하지 못한 일이 있던 하루였군요.",
    Emotion.ANGER: "속에서 뜨거운 것이 올라온 하루였군요. 참느라 애쓰셨어요.",
    Emotion.FEAR: "마음이 많이 졸아든 하루였군요. 불안한 마음 곁에 노래를 놓아 둘게요.",
    Emotion.DISGUST: "영 마음에 걸리는 일이 있던 하루였군요. 훌훌 털어 낼 노래를 골랐어요.",
    Emotion.SADNESS: "마음 한쪽이 젖어 있는 하루였군요. 혼자가 아니라고 말해 주는 노래를 골랐어요.",
    Emotion.NEUTRAL: "잔잔하게 흘러간 하루였네요. 그런 날에 어울리는 노래를 골랐어요.",
}
_LIFTED = "오늘은 기분을 바꿔 줄 노래를 골랐어요. 천천히, 한 곡만 들어 보세요."
# A second feeling is named too when it is nearly as strong.
_NEARLY = 0.75

LISTS = {"steady": "스테디셀러", "popular": "인기곡", "newest": "최신곡"}
CHARTS = {"top100": "TOP100", "hot100": "HOT100", "day": "일간", "week": "주간", "month": "월간"}
VERDICTS = {"ok": "정상", "degraded": "일부 부족", "broken": "실패", "blocked": "차단됨"}
STATES = {"running": "진행 중", "finished": "완료", "stopped": "멈춤", "crashed": "중단"}


def ends_in_consonant(word: str) -> bool:
    """Whether a Korean word's last syllable has a final consonant, on which its particles depend; False for other letters."""
    last = word[-1:]
    return "가" <= last <= "힣" and (ord(last) - ord("가")) % 28 > 0


def feeling(probabilities: Mapping[str, float]) -> str:
    """The main emotion in words: 슬픔이에요, or 슬픔과 중립이 함께 있어요 when two are about equally strong."""
    first, second = sorted(probabilities, key=lambda label: -probabilities[label])[:2]
    if probabilities[second] >= _NEARLY * probabilities[first]:
        return f"{first}{'과' if ends_in_consonant(first) else '와'} {second}{'이' if ends_in_consonant(second) else '가'} 함께 있어요"
    return f"{first}{'이에요' if ends_in_consonant(first) else '예요'}"


def consolation(emotion: Emotion, lift: bool) -> str:
    """A sentence to the writer."""
    return _LIFTED if lift else _SAID[emotion]


def list_title(list_name: str, genres: Mapping[str, str]) -> str:
    """A list's name for people: `genre/GN0100/steady` is 발라드 스테디셀러; `genres` maps codes to names."""
    kind, first, last = (*list_name.split("/"), "", "")[:3]
    if kind == "chart":
        return f"{CHARTS.get(first, first)} 차트" + (f" ({genres.get(last, last)})" if last not in ("", "GN0000") else "")
    return f"{genres.get(first, first)} {LISTS.get(last, last)}" if kind == "genre" else list_name
