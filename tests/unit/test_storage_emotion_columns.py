"""The storage names the emotions' columns itself; they must be tagging's emotions, in its order."""

from __future__ import annotations

from storage.emotion_columns import COUNT_COLUMNS, LABELS, ORIGINAL_ORDER, PROBABILITY_COLUMNS, from_original_order, to_original_order
from storage.models import SongEmotion
from tagging.emotions import LABELS as TAGGING_LABELS
from tagging.emotions import ORIGINAL_COLUMN_ORDER, Emotion


def test_labels_stand_in_class_id_order() -> None:
    assert LABELS == TAGGING_LABELS
    assert tuple(f"n_{emotion.name.lower()}" for emotion in Emotion) == COUNT_COLUMNS
    assert tuple(f"p_{emotion.name.lower()}" for emotion in Emotion) == PROBABILITY_COLUMNS
    assert {*COUNT_COLUMNS, *PROBABILITY_COLUMNS} <= set(SongEmotion.__table__.c.keys())


def test_the_originals_order_is_its_slides_and_can_be_taken_back() -> None:
    assert tuple(LABELS[place] for place in ORIGINAL_ORDER) == tuple(ORIGINAL_COLUMN_ORDER)
    counts = (5, 1, 0, 1, 1, 26, 1)
    assert to_original_order(counts) == [5, 26, 0, 1, 1, 1, 1]
    assert from_original_order(to_original_order(counts)) == counts
