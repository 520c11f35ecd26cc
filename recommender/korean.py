"""Korean wording of the seven feelings, with the particles that a word's last syllable asks for."""

from __future__ import annotations

from tagging.emotions import Emotion

# How a person would name the feeling, and how a song that has it is called.
NOUNS = {
    Emotion.HAPPINESS: "기쁨",
    Emotion.SURPRISE: "놀라움",
    Emotion.ANGER: "분노",
    Emotion.FEAR: "두려움",
    Emotion.DISGUST: "싫은 마음",
    Emotion.SADNESS: "슬픔",
    Emotion.NEUTRAL: "담담함",
}
OF_A_SONG = {
    Emotion.HAPPINESS: "기쁜",
    Emotion.SURPRISE: "놀란 마음의",
    Emotion.ANGER: "화난 마음의",
    Emotion.FEAR: "두려운 마음의",
    Emotion.DISGUST: "진절머리 나는 마음의",
    Emotion.SADNESS: "슬픈",
    Emotion.NEUTRAL: "담담한",
}


def ends_in_consonant(word: str) -> bool:
    """Whether a word's last Hangul syllable has a final consonant."""
    return (ord(word[-1]) - ord("가")) % 28 > 0


def with_particle(word: str, after_consonant: str, after_vowel: str) -> str:
    """The word with the form of a particle that fits it: 슬픔이, 분노가."""
    return f"{word}{after_consonant if ends_in_consonant(word) else after_vowel}"


def shorten(text: str, limit: int = 40) -> str:
    """One line of at most `limit` characters, cut at a word where there is one."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    space = text.rfind(" ", limit // 2, limit)
    return f"{text[: space if space > 0 else limit - 1].rstrip()}…"
