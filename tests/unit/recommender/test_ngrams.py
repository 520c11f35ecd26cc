from __future__ import annotations

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ngrams import counted_terms, terms_of


def grams_by_hand(text: str) -> int:
    """How many occurrences there are: every pair and triple within a word, and words of one character."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower())
    return sum(1 if len(word) == 1 else max(len(word) - 1, 0) + max(len(word) - 2, 0) for word in words)


@given(st.text(alphabet="가나다라ㅋab1 \n.,!_", max_size=60))
def test_every_pair_and_triple_within_a_word_counts_once(text: str) -> None:
    assert terms_of([text])[0].size == grams_by_hand(text)


def test_texts_are_kept_apart() -> None:
    terms, owners = terms_of(["사랑이", "", "사랑을"])
    assert set(owners.tolist()) == {0, 2}
    shared = set(terms[owners == 0].tolist()) & set(terms[owners == 2].tolist())
    assert shared == set(counted_terms("사랑")[0].tolist())


def test_composed_and_decomposed_hangul_are_the_same() -> None:
    text = "그리움이 짙다"
    np.testing.assert_array_equal(counted_terms(text)[0], counted_terms(unicodedata.normalize("NFD", text))[0])


@pytest.mark.parametrize("text", ["", " \n", "😀😀", "\ud800", "。、!?"])
def test_text_without_words_has_no_terms(text: str) -> None:
    assert counted_terms(text)[0].size == 0


@given(st.text(max_size=200))
def test_any_text_is_read_without_error(text: str) -> None:
    terms, counts = counted_terms(text)
    assert terms.dtype == np.uint32
    assert (counts >= 1).all()
