"""The seven ReUmi emotions, in class-id order. Standard library only: every later stage may import it cheaply."""

from __future__ import annotations

from enum import StrEnum


class Emotion(StrEnum):
    """A ReUmi emotion; the definition order is the class id that KoBERT was fine-tuned with."""

    HAPPINESS = "행복"
    SURPRISE = "놀람"
    ANGER = "분노"
    FEAR = "공포"
    DISGUST = "혐오"
    SADNESS = "슬픔"
    NEUTRAL = "중립"

    @property
    def class_id(self) -> int:
        """Column of this emotion in every (n, 7) array."""
        return LABELS.index(self.value)


LABELS: tuple[str, ...] = tuple(emotion.value for emotion in Emotion)
N_LABELS = len(LABELS)

# The `emotions` column of the original's data set counts lines in the order of its slides, which is not the order of the class ids.
ORIGINAL_COLUMN_ORDER: tuple[Emotion, ...] = (
    Emotion.HAPPINESS,
    Emotion.SADNESS,
    Emotion.ANGER,
    Emotion.FEAR,
    Emotion.DISGUST,
    Emotion.SURPRISE,
    Emotion.NEUTRAL,
)
