"""How texts share batches: each once, within the tokens of a batch, and with little padding."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagging.transformer import batches_by_length


@given(st.lists(st.integers(1, 192), max_size=200), st.integers(1, 600))
def test_each_text_once_and_never_more_tokens_than_a_batch_holds(lengths: list[int], tokens: int) -> None:
    batches = list(batches_by_length(lengths, tokens))
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        found = Counter(lengths[place] for place in batch)
        longest = max(found)
        assert len(batch) == 1 or longest * len(batch) <= tokens
        assert all((longest - length) * count <= 6 for length, count in found.items())


@pytest.mark.parametrize(
    ("lengths", "batches"),
    [
        ([], []),
        ([7], [[7]]),
        ([9, 30, 12, 25, 8, 14], [[30, 25], [14, 12, 9, 8]]),  # one diary: few batches, for padding it costs less than one more
        ([12, 11] * 8, [[12] * 8, [11] * 8]),  # many lines: none is padded
        ([90, 90, 90], [[90, 90], [90]]),
        ([400], [[400]]),
    ],
)
def test_texts_share_a_batch_where_that_costs_less(lengths: list[int], batches: list[list[int]]) -> None:
    assert [[lengths[place] for place in batch] for batch in batches_by_length(lengths, 200)] == batches
