from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfTransformer

from tagging.calibration import best_share, best_temperature, calibration_error
from tagging.emotions import LABELS
from tagging.linear import LinearModel
from tagging.linear_training import fit_linear
from tagging.ngrams import hashed_ngrams
from tagging.scores import score
from tagging.sources import merged, pair_ids, sources_of
from tests.planted import planted, two_corpora


def test_ngrams_of_one_text_do_not_depend_on_the_others() -> None:
    texts = ["사랑이 운다", "", "하하 !!", "사랑이 운다"]
    features, owners = hashed_ngrams(texts, 1 << 12)
    for place, text in enumerate(texts):
        alone, _ = hashed_ngrams([text], 1 << 12)
        np.testing.assert_array_equal(features[owners == place], alone)


@given(st.lists(st.text(max_size=20), max_size=5))
def test_ngrams_stay_in_their_table(texts: list[str]) -> None:
    features, owners = hashed_ngrams(texts, 1 << 8)
    assert features.shape == owners.shape
    assert ((features >= 0) & (features < 256)).all()
    assert (np.diff(owners) >= 0).all()


def test_numbers_and_case_do_not_matter_but_marks_do() -> None:
    def seen(text: str) -> list[int]:
        return hashed_ngrams([text], 1 << 16)[0].tolist()

    assert seen("OK 12시") == seen("ok 34시")
    assert seen("좋아!") != seen("좋아?")


def test_the_numpy_model_weighs_as_scikit_learn_does() -> None:
    sentences = planted(210)
    tensors = fit_linear([sentence.text for sentence in sentences], pair_ids(sentences, ("",)), buckets=1 << 12)
    texts = [sentence.text for sentence in planted(50, seed=5)]
    features, owners = hashed_ngrams(texts, 1 << 12)
    matrix = np.zeros((len(texts), 1 << 12))
    matrix[owners, features] = 1
    weighed = TfidfTransformer(norm="l2", use_idf=False).fit_transform(matrix * tensors["idf"].astype(np.float64)).toarray()
    expected = weighed @ tensors["weights"].astype(np.float64) + tensors["bias"]
    np.testing.assert_allclose(LinearModel(tensors).logits(texts), expected, atol=1e-4)


def test_a_label_that_was_never_seen_is_never_answered() -> None:
    sentences = [sentence for sentence in planted(140) if sentence.label != "혐오"]
    tensors = fit_linear([sentence.text for sentence in sentences], pair_ids(sentences, ("",)), buckets=1 << 12)
    answers = LinearModel(tensors).logits(["악취 벌레", "구역질", "아무 말"]).argmax(axis=1)
    assert LABELS.index("혐오") not in answers


def test_two_labels_are_told_apart() -> None:
    sentences = [sentence for sentence in planted(280) if sentence.label in ("행복", "슬픔")]
    tensors = fit_linear([sentence.text for sentence in sentences], pair_ids(sentences, ("",)), buckets=1 << 12)
    answers = LinearModel(tensors).logits([sentence.text for sentence in sentences])
    assert (answers.argmax(axis=1) == pair_ids(sentences, ("",))).all()


def test_many_texts_are_read_as_few_are() -> None:
    sentences = planted(70)
    model = LinearModel(fit_linear([sentence.text for sentence in sentences], pair_ids(sentences, ("",)), buckets=1 << 12))
    texts = [sentence.text for sentence in sentences] * 100
    np.testing.assert_array_equal(model.logits(texts)[:70], model.logits(texts[:70]))
    assert model.logits([]).shape == (0, 7)


def test_a_model_of_two_corpora_follows_each_in_its_tone_as_a_single_linear_model_cannot() -> None:
    sentences, others = two_corpora(400), two_corpora(200, seed=1)
    wanted = pair_ids(others, ("",))
    right = []
    for sources in (("",), sources_of(sentences)):
        tensors = fit_linear([sentence.text for sentence in sentences], pair_ids(sentences, sources), buckets=1 << 12, strength=5.0)
        answers = LinearModel(tensors).logits([sentence.text for sentence in others])
        assert answers.shape == (200, 7)
        right.append(float((answers.argmax(axis=1) == wanted).mean()))
    assert right[0] < 0.8
    assert right[1] >= 0.95


def test_the_logits_of_a_label_are_those_of_its_pairs_together() -> None:
    logits = np.random.default_rng(0).normal(0, 4, (50, 21)).astype(np.float32)
    odds = np.exp(logits.astype(np.float64)).reshape(50, 3, 7).sum(axis=1)
    np.testing.assert_allclose(merged(logits), np.log(odds), atol=1e-5)
    np.testing.assert_array_equal(merged(logits[:, :7]), logits[:, :7])


def test_the_temperature_makes_overconfident_answers_honest() -> None:
    rng = np.random.default_rng(0)
    wanted = rng.integers(0, 7, size=4000)
    shown = np.where(rng.random(4000) < 0.7, wanted, rng.integers(0, 7, size=4000))
    logits = 9.0 * np.eye(7)[shown]
    temperature = best_temperature(logits, wanted)
    assert temperature > 1.5
    honest = np.exp(logits / temperature)
    honest /= honest.sum(axis=1, keepdims=True)
    sure = np.exp(logits)
    sure /= sure.sum(axis=1, keepdims=True)
    assert calibration_error(honest, wanted) < 0.03 < calibration_error(sure, wanted)


def test_the_share_goes_to_the_model_that_knows_and_is_split_where_both_do() -> None:
    rng = np.random.default_rng(0)
    wanted = rng.integers(0, 7, size=3000)

    def knowing(much: float) -> np.ndarray:
        logits: np.ndarray = rng.normal(size=(3000, 7)) + much * np.eye(7)[wanted]
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    shares = (0.1, 0.3, 0.5, 0.7, 0.9)
    assert best_share(knowing(2.0), knowing(0.0), wanted, shares) == 0.9
    assert best_share(knowing(0.0), knowing(2.0), wanted, shares) == 0.1
    assert best_share(knowing(1.5), knowing(1.5), wanted, shares) == 0.5


def test_scores_count_what_was_answered() -> None:
    probabilities = np.eye(7, dtype=np.float32)[[0, 0, 5, 6]]
    scores = score(probabilities, np.array([0, 5, 5, 6]), resamples=50)
    assert scores.accuracy == 0.75
    assert scores.confusion[5].tolist() == [1, 0, 0, 0, 0, 1, 0]
    happiness = scores.labels[0]
    assert (happiness.precision, happiness.recall, happiness.support) == (0.5, 1.0, 1)
    assert scores.accuracy_interval[0] <= 0.75 <= scores.accuracy_interval[1]
