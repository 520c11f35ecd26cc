"""How the seven emotions lie in columns. The labels' order is the class ids' order, as everywhere."""

from __future__ import annotations

# Storage stands upstream of tagging and must not import it; a test holds these to `tagging.emotions`.
LABELS: tuple[str, ...] = ("행복", "놀람", "분노", "공포", "혐오", "슬픔", "중립")
NAMES: tuple[str, ...] = ("happiness", "surprise", "anger", "fear", "disgust", "sadness", "neutral")
COUNT_COLUMNS: tuple[str, ...] = tuple(f"n_{name}" for name in NAMES)
PROBABILITY_COLUMNS: tuple[str, ...] = tuple(f"p_{name}" for name in NAMES)

# Position in class-id order of each entry of the original data set's `emotions` list (행복, 슬픔, 분노, 공포, 혐오, 놀람, 중립).
ORIGINAL_ORDER: tuple[int, ...] = (0, 5, 2, 3, 4, 1, 6)


def to_original_order(counts: tuple[int, ...]) -> list[int]:
    """Seven line counts in class-id order → in the original's order."""
    return [counts[position] for position in ORIGINAL_ORDER]


def from_original_order(counts: list[int]) -> tuple[int, ...]:
    """Seven line counts in the original's order → in class-id order."""
    return tuple(counts[ORIGINAL_ORDER.index(class_id)] for class_id in range(len(LABELS)))
