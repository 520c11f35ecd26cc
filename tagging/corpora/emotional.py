"""감성 대화 말뭉치: from its 6 main groups and 60 fine emotions (E10 to E69) to the seven."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tagging.corpora.tables import Row

# The original's mapping, recovered from its published counts: by main group alone.
MAIN: Mapping[str, str] = {"기쁨": "행복", "당황": "놀람", "불안": "공포", "분노": "분노", "슬픔": "슬픔", "상처": "슬픔"}

# E1x 분노 … E6x 기쁨: position is the second digit. 고립된 and 혼란스러운 stand under two groups, so the pair is the key.
FINE_EMOTIONS: Mapping[str, tuple[str, ...]] = {
    "분노": ("분노", "툴툴대는", "좌절한", "짜증내는", "방어적인", "악의적인", "안달하는", "구역질 나는", "노여워하는", "성가신"),
    "슬픔": ("슬픔", "실망한", "비통한", "후회되는", "우울한", "마비된", "염세적인", "눈물이 나는", "낙담한", "환멸을 느끼는"),
    "불안": ("불안", "두려운", "스트레스 받는", "취약한", "혼란스러운", "당혹스러운", "회의적인", "걱정스러운", "조심스러운", "초조한"),
    "상처": ("상처", "질투하는", "배신당한", "고립된", "충격 받은", "가난한, 불우한", "희생된", "억울한", "괴로워하는", "버려진"),
    "당황": (
        "당황",
        "고립된(당황한)",
        "남의 시선을 의식하는",
        "외로운",
        "열등감",
        "죄책감의",
        "부끄러운",
        "혐오스러운",
        "한심한",
        "혼란스러운(당황한)",
    ),
    "기쁨": ("기쁨", "감사하는", "신뢰하는", "편안한", "만족스러운", "흥분", "느긋", "안도", "신이 난", "자신하는"),
}

# Where the fine emotion says something else than its group: the option `--fine`.
FINE: Mapping[str, str] = {
    **dict.fromkeys(("E17", "E57", "E58", "E29"), "혐오"),
    **dict.fromkeys(("E44", "E35", "E34", "E59", "E56"), "놀람"),
    **dict.fromkeys(("E51", "E53", "E54", "E55", "E12"), "슬픔"),
    **dict.fromkeys(("E52", "E16"), "공포"),
    **dict.fromkeys(("E41", "E42", "E47"), "분노"),
}
_GROUPS = tuple(FINE_EMOTIONS)


def code_of(main: str, sub: str) -> str:
    """The code of a (group, fine emotion) pair, '' for a pair that the corpus does not define."""
    names = [_squeezed(name) for name in FINE_EMOTIONS.get(main, ())]
    wanted = _squeezed(sub)
    for name in (wanted, f"{wanted}({'당황한'})"):
        if name in names:
            return f"E{_GROUPS.index(main) + 1}{names.index(name)}"
    return ""


def emotional_label(main: str, sub: str, *, fine: bool = False) -> str:
    """The emotion of a row, by its group, or with `fine` by its code; '' for an unknown group."""
    label = MAIN.get(main, "")
    return FINE.get(code_of(main, sub), label) if fine and label else label


def rows_of_json(items: list[Any]) -> Iterator[Row]:
    """AI Hub's JSON objects as rows `main, sub, sentence`; an object without the wanted fields gives empty cells."""
    for number, item in enumerate(items, start=1):
        code = str(_inside(item, "profile", "emotion", "type") or "")
        text = str(_inside(item, "talk", "content", "HS01") or "").strip()
        group, name = "", ""
        if len(code) == 3 and code[0] == "E" and code[1] in "123456" and code[2].isdigit():
            group = _GROUPS[int(code[1]) - 1]
            name = FINE_EMOTIONS[group][int(code[2])]
        yield number, (group or code, name, text)


def _inside(item: Any, *keys: str) -> Any:
    for key in keys:
        item = item.get(key) if isinstance(item, dict) else None
    return item


def _squeezed(name: str) -> str:
    return "".join(name.split())
