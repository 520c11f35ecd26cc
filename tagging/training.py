"""A training set → a bundle, of any of the three kinds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagging.bundle import CARD, DEFAULT_FOLDER, Bundle, classifier_of, open_bundle, write_config
from tagging.calibration import best_share, best_temperature
from tagging.card import card_of
from tagging.corpora.sentences import Sentence
from tagging.emotions import LABELS
from tagging.errors import TrainingRefused
from tagging.fitting import FitOptions, Progress, fit
from tagging.linear import FILE as LINEAR_FILE
from tagging.linear import LinearModel
from tagging.linear_training import fit_linear
from tagging.networks import NETWORK_FILE
from tagging.reader import log_softmax
from tagging.scores import score
from tagging.sources import pair_ids, sources_of
from tagging.tensors import load_tensors, save_tensors
from tagging.training_set import LEARNED, TrainingSet, digest_of_texts

# What is trained on where no base is named: the original's model, and the encoder that ships.
BASES = {"kobert": "skt/kobert-base-v1", "encoder": str(DEFAULT_FOLDER)}
PREFIXES = {"kobert": "", "encoder": "query: "}
DEFAULT_OPTIONS = {
    "kobert": FitOptions(),
    "encoder": FitOptions(epochs=2, rate=1.5e-4, length=72, smoothing=0.05, consistency=1.0, bf16=True),
}
CHECKPOINTS = ".training"
_MARK = "sentences.sha256"
# Sentences of the training side set aside to find the temperature, the linear model's share and nothing else.
_CALIBRATION_SHARE, _MOST_CALIBRATION = 0.05, 2000
# A network's shares beside a linear model to choose from.
_SHARES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# The linear model's C. With a class for every pair of corpus and label each has fewer sentences, and less regularisation reads best.
_STRENGTH, _STRENGTH_OF_SEVERAL = 2.0, 5.0


@dataclass(frozen=True, slots=True)
class TrainOrder:
    """What to train.

    `kind` is linear, encoder or kobert; `base` the pretrained model (folder or hub name) of the latter two, by default that of
    `BASES`; `beside` fits a linear model too and mixes both, in the share that reads the calibration part best; `int8` writes the
    graph with 8-bit weights; `both_sides` trains on the test side too, which leaves nothing to measure the model on; `resume` goes on after
    a kill.
    """

    kind: str
    output: Path
    base: str = ""
    name: str = ""
    options: FitOptions = field(default_factory=FitOptions)
    beside: bool = False
    int8: bool = True
    both_sides: bool = False
    resume: bool = False


def train(order: TrainOrder, sentences: TrainingSet, manifest: dict[str, Any] | None = None, progress: Progress | None = None) -> Bundle:
    """Train, calibrate, measure on the test side, and write the bundle; `progress` gets each epoch's measures.

    Where nothing is held out (`held_out_of`), each epoch is measured on the part set aside for calibration. Raises TrainingRefused or
    ExtraMissing.
    """
    _check(sentences)
    learned, held_out = _learned_test_sides(order, sentences.test), held_out_of(order, sentences)
    taught = (*sentences.train, *sentences.test) if order.both_sides else sentences.train
    fitted, calibration = _set_aside(taught, order.options.seed)
    _check_resumed(order, fitted)
    try:
        order.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingRefused(f"the model folder {order.output} cannot be made ({error.strerror}): name another") from error
    parts: dict[str, float] = {}
    history: list[dict[str, float]] = []
    options: dict[str, Any] = {}
    if order.kind == "linear" or order.beside:
        save_tensors(order.output / LINEAR_FILE, _fit_linear(fitted))
        parts["linear"] = 1.0
    if order.kind != "linear":
        history, options = _fit_network(order, fitted, held_out or calibration, progress)
        parts = {order.kind: 0.6, "linear": 0.4} if order.beside else {order.kind: 1.0}
    parts, temperature = _calibrated(order, parts, options, calibration)
    _seal(order, parts, temperature, options, {})
    metrics: dict[str, Any] = {"test": measure(order.output, held_out), "history": history}
    if learned:
        metrics[LEARNED] = learned
    texts = card_of(order.kind, order.name or order.output.name, metrics, manifest or {}, asdict(order.options) if history else {})
    (order.output / CARD).write_text(texts, encoding="utf-8")
    bundle = _seal(order, parts, temperature, options, metrics)
    shutil.rmtree(_checkpoints(order.output), ignore_errors=True)
    return bundle


def measure(folder: Path, test: Sequence[Sentence]) -> dict[str, Any]:
    """Scores of a bundle on sentences, as a whole and per corpus; empty for no sentences."""
    if not test:
        return {}
    probabilities = classifier_of(open_bundle(folder)).predict_proba([sentence.text for sentence in test])
    wanted = _ids(test)
    found = {"all": score(probabilities, wanted, resamples=200).as_dict()}
    for corpus in sorted({sentence.corpus for sentence in test}):
        rows = np.array([sentence.corpus == corpus for sentence in test])
        found[corpus] = score(probabilities[rows], wanted[rows], resamples=200).as_dict()
    return found


def held_out_of(order: TrainOrder, sentences: TrainingSet) -> tuple[Sentence, ...]:
    """The sentences that the model can be measured on: the test side, or none where the model or its base is trained on that."""
    return () if digest_of_texts(sentences.test) in _learned_test_sides(order, sentences.test) else sentences.test


def _learned_test_sides(order: TrainOrder, test: Sequence[Sentence]) -> list[str]:
    """Digests of the test sides that the model will have been trained on: that of its set, and those that its base learned."""
    goes_on = order.kind != "linear" and order.base and (Path(order.base) / NETWORK_FILE).is_file()
    known: list[str] = open_bundle(order.base).metrics.get(LEARNED, []) if goes_on else []
    return sorted({*known, digest_of_texts(test)} if order.both_sides and test else known)


def _check(sentences: TrainingSet) -> None:
    labels = {sentence.label for sentence in sentences.train}
    if len(labels) < 2 or len(sentences.train) < 20:
        raise TrainingRefused(
            f"the training side has {len(sentences.train)} sentences of {len(labels)} labels: at least 20 of 2 are needed"
        )


def _set_aside(train: Sequence[Sentence], seed: int) -> tuple[list[Sentence], list[Sentence]]:
    """Fit and calibration part; groups stay whole, and augmented sentences never calibrate."""
    groups = sorted({sentence.group for sentence in train if sentence.group and sentence.corpus == sentence.source})
    if len(groups) < 20:
        return list(train), list(train)
    wanted = min(_MOST_CALIBRATION, int(len(groups) * _CALIBRATION_SHARE) + 1)
    chosen = set(np.random.default_rng(seed).permutation(groups)[:wanted].tolist())
    aside = [sentence for sentence in train if sentence.group in chosen and sentence.corpus == sentence.source]
    return [sentence for sentence in train if sentence.group not in chosen], aside


def _fit_linear(train: Sequence[Sentence]) -> dict[str, NDArray[Any]]:
    weights = np.array([sentence.weight for sentence in train], dtype=np.float32)
    sources = sources_of(train)
    strength = _STRENGTH if len(sources) == 1 else _STRENGTH_OF_SEVERAL
    return fit_linear([sentence.text for sentence in train], pair_ids(train, sources), weights, strength=strength)


def _fit_network(
    order: TrainOrder, train: Sequence[Sentence], test: Sequence[Sentence], progress: Progress | None
) -> tuple[list[dict[str, float]], dict[str, Any]]:
    from tagging.networks import base_folder, build_network, require_torch

    require_torch(f"training a model of the kind {order.kind}")
    import transformers

    from tagging.export import export_graph, most_tokens, save_weights
    from tagging.tokenizer import load_tokenizer, pad_id_of, save_tokenizer

    folder = base_folder(order.base or BASES[order.kind])
    tokenizer = load_tokenizer(folder)
    transformers.set_seed(order.options.seed)
    # KoBERT's is the original's network, with its seven answers.
    sources = sources_of(train) if order.kind == "encoder" else ("",)
    network = build_network(order.kind, folder, sources)
    prefix = PREFIXES[order.kind]
    checkpoints = _opened_checkpoints(order, train)
    history = fit(
        network, tokenizer, prefix, train, test, order.options, checkpoints, sources=sources, resume=order.resume, progress=progress
    )
    save_weights(network, order.output)
    export_graph(network, order.output, tokenizer, prefix=prefix, int8=order.int8)
    tokenizer.no_truncation()
    save_tokenizer(tokenizer, order.output)
    (order.output / "history.json").write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")
    options: dict[str, Any] = {"prefix": prefix, "pad_id": pad_id_of(tokenizer), "max_tokens": most_tokens(network)}
    return history, options | ({"sources": list(sources)} if len(sources) > 1 else {})


def _calibrated(
    order: TrainOrder, parts: dict[str, float], options: dict[str, Any], calibration: Sequence[Sentence]
) -> tuple[dict[str, float], float]:
    """The parts' shares and the temperature under which the calibration part's labels are the most likely."""
    texts, wanted = [sentence.text for sentence in calibration], _ids(calibration)
    logits = {kind: log_softmax(_logits(order.output, kind, options, texts).astype(np.float64)) for kind in parts}
    if len(parts) == 2:
        share = best_share(logits[order.kind], logits["linear"], wanted, _SHARES)
        parts = {order.kind: share, "linear": round(1 - share, 2)}
    mixed = sum(weight * logits[kind] for kind, weight in parts.items())
    return parts, best_temperature(np.asarray(mixed), wanted)


def _logits(folder: Path, kind: str, options: dict[str, Any], texts: Sequence[str]) -> NDArray[np.float32]:
    from tagging.text import clean
    from tagging.transformer import GRAPH_FILE, READER_OPTIONS, TOKENIZER_FILE, OnnxTransformer

    cleaned = [clean(text) for text in texts]
    if kind == "linear":
        return LinearModel(load_tensors(folder / LINEAR_FILE)).logits(cleaned)
    read = {name: options[name] for name in READER_OPTIONS}
    return OnnxTransformer(folder / GRAPH_FILE, folder / TOKENIZER_FILE, **read).logits(cleaned)


def _seal(order: TrainOrder, parts: dict[str, float], temperature: float, options: dict[str, Any], metrics: dict[str, Any]) -> Bundle:
    name = order.name or order.output.name
    return write_config(order.output, name=name, kind=order.kind, parts=parts, temperature=temperature, options=options, metrics=metrics)


def _check_resumed(order: TrainOrder, train: Sequence[Sentence]) -> None:
    """Raise TrainingRefused where the run to go on with had other sentences: what it learned of them would be measured as if held out."""
    folder = _checkpoints(order.output)
    mark = folder / _MARK
    if order.resume and mark.is_file() and mark.read_text(encoding="utf-8") != digest_of_texts(train):
        raise TrainingRefused(
            f"the run in {folder} was begun with other sentences: give the same SET, --seed and --both-sides as then, or leave out --resume"
        )


def _opened_checkpoints(order: TrainOrder, train: Sequence[Sentence]) -> Path:
    """The folder for this run's checkpoints, marked with the sentences that they are of."""
    folder = _checkpoints(order.output)
    if not order.resume:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).write_text(digest_of_texts(train), encoding="utf-8")
    return folder


def _checkpoints(output: Path) -> Path:
    return output.with_name(f"{output.name}{CHECKPOINTS}")


def _ids(sentences: Sequence[Sentence]) -> NDArray[np.int64]:
    return np.array([LABELS.index(sentence.label) for sentence in sentences], dtype=np.int64)
