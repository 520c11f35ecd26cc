"""The way from corpora to a model and its answers, on a planted corpus and a tiny KoBERT."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagging.bundle import load_classifier, open_bundle
from tagging.corpora.sentences import read_own
from tagging.dequantise import float_weights
from tagging.emotions import LABELS
from tagging.errors import ModelMissing, ModelRefused, TrainingRefused
from tagging.fitting import FitOptions
from tagging.training import TrainOrder, train
from tagging.training_set import TrainingSet
from tests.planted import planted, planted_set, tiny_kobert, two_corpora

pytestmark = pytest.mark.kobert
OPTIONS = FitOptions(epochs=5, batch=32, rate=2e-3, length=32)
LINES = [sentence.text for sentence in planted(40, seed=11)] + ["", "아주 " * 90, "I love you"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    # A network this small gains nothing from threads, which only get in each other's way on a busy machine.
    torch.set_num_threads(1)
    return tiny_kobert(tmp_path_factory.mktemp("base") / "kobert")


@pytest.fixture(scope="module")
def trained(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "kobert"
    train(TrainOrder("kobert", folder, base=str(base), options=OPTIONS), planted_set(700))
    return folder


def export_in_32_bits(bundle_folder: Path, folder: Path) -> Path:
    from tokenizers import Tokenizer

    from tagging.export import export_graph
    from tagging.networks import trained_network

    tokenizer = Tokenizer.from_file(str(bundle_folder / "tokenizer.json"))
    export_graph(trained_network("kobert", bundle_folder), folder, tokenizer, prefix="", int8=False)
    return folder / "model.onnx"


def curve(bundle_folder: Path) -> list[dict[str, float]]:
    history: list[dict[str, float]] = open_bundle(bundle_folder).metrics["history"]
    return history


def test_a_tiny_kobert_learns_a_planted_corpus(trained: Path) -> None:
    bundle = open_bundle(trained)
    assert bundle.kind == "kobert"
    assert bundle.metrics["test"]["all"]["macro_f1"] >= 0.95
    assert len(bundle.metrics["history"]) == 5
    assert set(bundle.metrics["history"][0]) >= {"train_loss", "test_loss", "train_macro_f1", "test_macro_f1"}
    unseen = planted(70, seed=77)
    answers = load_classifier(trained).predict_proba([sentence.text for sentence in unseen]).argmax(axis=1)
    assert (answers == [LABELS.index(sentence.label) for sentence in unseen]).mean() >= 0.9


def test_the_same_seed_gives_the_same_curve_and_a_resumed_run_ends_as_an_uninterrupted_one(base: Path, tmp_path: Path) -> None:
    order = TrainOrder("kobert", tmp_path / "whole", base=str(base), options=replace(OPTIONS, epochs=3))
    sentences = planted_set(210)
    train(order, sentences)
    stopping = replace(order, output=tmp_path / "stopped")

    def die_after_two(row: Any) -> None:
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(stopping, sentences, progress=die_after_two)
    train(replace(stopping, resume=True), sentences)
    assert curve(tmp_path / "stopped") == curve(tmp_path / "whole")
    assert open_bundle(tmp_path / "stopped").fingerprint == open_bundle(tmp_path / "whole").fingerprint


def test_a_line_reads_the_same_batched_and_alone_in_8_bits_and_nearly_as_in_32(trained: Path, tmp_path: Path) -> None:
    from tagging.bundle import write_config

    reader = load_classifier(trained)
    together = reader.predict_proba(LINES)
    alone = np.concatenate([reader.predict_proba([line]) for line in LINES])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    bundle = open_bundle(trained)
    shutil.copytree(trained, tmp_path / "fp32")
    export_in_32_bits(trained, tmp_path / "fp32")
    write_config(tmp_path / "fp32", name="x", kind="kobert", parts=bundle.parts, temperature=bundle.temperature, options=bundle.options)
    exact = load_classifier(tmp_path / "fp32").predict_proba(LINES)
    assert (exact.argmax(axis=1) == together.argmax(axis=1)).mean() >= 0.97
    np.testing.assert_allclose(exact, together, atol=0.05)


def test_an_encoder_beside_a_linear_model_makes_one_bundle(base: Path, tmp_path: Path) -> None:
    options = replace(OPTIONS, epochs=6, smoothing=0.05, consistency=1.0, bf16=True)
    bundle = train(TrainOrder("encoder", tmp_path / "encoder", base=str(base), options=options, beside=True), planted_set(560))
    assert set(bundle.parts) == {"encoder", "linear"}
    assert abs(sum(bundle.parts.values()) - 1) < 1e-6
    assert bundle.metrics["test"]["all"]["accuracy"] >= 0.9


def test_for_consistency_a_sentence_is_read_twice_in_training_and_once_where_it_is_measured(base: Path, tmp_path: Path) -> None:
    from tagging.fitting import fit
    from tagging.networks import build_network
    from tagging.tokenizer import load_tokenizer

    network = build_network("encoder", base)
    read: dict[bool, int] = {True: 0, False: 0}

    def count(module: Any, _: Any, batch: Any) -> None:
        read[module.training] += len(batch["input_ids"])

    network.register_forward_pre_hook(count, with_kwargs=True)
    sentences = planted(100)
    options = replace(OPTIONS, epochs=1, consistency=1.0)
    fit(network, load_tokenizer(base), "", sentences[:70], sentences[70:], options, tmp_path)
    assert read == {True: 140, False: 30}


def test_an_encoder_of_two_corpora_learns_their_pairs_and_answers_with_labels(base: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    from tagging.networks import build_network

    sentences = two_corpora(600)
    sides = TrainingSet(tuple(sentences[:480]), tuple(sentences[480:]))
    bundle = train(TrainOrder("encoder", tmp_path / "two", base=str(base), options=replace(OPTIONS, epochs=6)), sides)
    assert bundle.metrics["test"]["all"]["accuracy"] >= 0.9
    assert bundle.metrics["history"][-1]["test_accuracy"] >= 0.9
    learned = load_file(str(bundle.folder / "model.safetensors"))["classifier.weight"]
    assert learned.shape[0] == 14
    # Training goes on corpus by corpus; one that the model does not know starts from the mean of those that it knows.
    chats, letters = learned.reshape(2, 7, -1)
    mean = (chats + letters) / 2
    for sources, expected in (
        (("chats", "letters"), (chats, letters)),
        (("letters", "mails"), (letters, mean)),
        (("",), (mean,)),
    ):
        start = build_network("encoder", bundle.folder, sources).classifier.weight.detach().numpy()
        np.testing.assert_allclose(start, np.concatenate(expected), atol=1e-6)


def test_who_was_trained_on_a_test_side_is_not_measured_on_it_nor_is_who_goes_on_from_him(base: Path, tmp_path: Path) -> None:
    sides = planted_set(140)
    quick = replace(OPTIONS, epochs=1)
    kept = train(TrainOrder("kobert", tmp_path / "kept", base=str(base), options=quick, both_sides=True), sides)
    on = train(TrainOrder("kobert", tmp_path / "on", base=str(kept.folder), options=quick), sides)
    assert (kept.metrics["test"], on.metrics["test"]) == ({}, {})
    assert "Not measured" in (on.folder / "README.md").read_text(encoding="utf-8")
    others = TrainingSet(sides.train, tuple(planted(28, seed=9)))
    measured = train(TrainOrder("kobert", tmp_path / "others", base=str(kept.folder), options=quick), others)
    assert measured.metrics["test"]["all"]["n"] == 28
    assert "Not measured" not in (measured.folder / "README.md").read_text(encoding="utf-8")


def test_a_stopped_run_is_not_resumed_with_other_sentences(base: Path, tmp_path: Path) -> None:
    sides = planted_set(140)
    order = TrainOrder("kobert", tmp_path / "out", base=str(base), options=replace(OPTIONS, epochs=2), both_sides=True)

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(order, sides, progress=stop)
    left = {path.name: path.stat().st_mtime_ns for path in order.output.iterdir()}
    with pytest.raises(TrainingRefused, match="begun with other sentences"):
        train(replace(order, both_sides=False, beside=True, resume=True), sides)
    assert {path.name: path.stat().st_mtime_ns for path in order.output.iterdir()} == left
    assert train(replace(order, resume=True), sides).metrics["test"] == {}


def test_training_goes_on_from_a_model_trained_earlier(trained: Path, tmp_path: Path) -> None:
    slow = replace(OPTIONS, epochs=1, rate=1e-9)
    bundle = train(TrainOrder("kobert", tmp_path / "on", base=str(trained), options=slow), planted_set(560))
    assert bundle.metrics["history"][0]["test_accuracy"] >= 0.9
    with pytest.raises(TrainingRefused, match="no model of the kind encoder"):
        train(TrainOrder("encoder", tmp_path / "other", base=str(trained), options=slow), planted_set(560))


def test_the_graph_answers_as_the_network_does(trained: Path, tmp_path: Path) -> None:
    import torch
    from tokenizers import Tokenizer

    from tagging.networks import trained_network
    from tagging.transformer import OnnxTransformer, padded

    texts = [line for line in LINES if 0 < len(line) < 60]
    export_in_32_bits(trained, tmp_path)
    graph = OnnxTransformer(tmp_path / "model.onnx", trained / "tokenizer.json", prefix="", pad_id=1)
    tokenizer = Tokenizer.from_file(str(trained / "tokenizer.json"))
    ids, mask = padded([tokenizer.encode(text).ids for text in texts], 1)
    with torch.no_grad():
        logits = trained_network("kobert", trained).eval()(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask))["logits"]
    np.testing.assert_allclose(graph.logits(texts), logits.numpy(), atol=1e-5)


def test_an_8_bit_graph_gives_its_weights_back(trained: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    exact, found = load_file(str(trained / "model.safetensors")), float_weights(trained / "model.onnx")
    assert set(found) == set(exact)
    for name, weights in exact.items():
        # Half a step of the 8 bits; smoothing gives a column's rows steps of different size, some far larger than the mean one.
        np.testing.assert_allclose(found[name], weights, atol=0.02 * np.abs(weights).max(), err_msg=name)
    with pytest.raises(ValueError, match="no 8-bit products"):
        float_weights(export_in_32_bits(trained, tmp_path))


def test_without_a_base_an_encoder_goes_on_from_the_shipped_model(tmp_path: Path) -> None:
    own = list(read_own("diary", held_out=True))
    sides = TrainingSet(tuple(own[::16]), tuple(own[1::16]))
    bundle = train(TrainOrder("encoder", tmp_path / "on", options=replace(OPTIONS, epochs=1, rate=1e-9), int8=False), sides)
    assert bundle.metrics["history"][0]["test_accuracy"] >= 0.7  # one that starts from nothing gets a seventh right
    assert load_classifier(tmp_path / "on").predict_proba(["너무 신나서 잠이 안 온다"]).shape == (1, 7)


def test_class_weights_bear_a_label_that_the_set_lacks(base: Path, tmp_path: Path) -> None:
    some = [sentence for sentence in planted(700) if sentence.label not in ("혐오", "중립")]
    options = replace(OPTIONS, epochs=4, smoothing=0.2, class_weights=True)
    bundle = train(
        TrainOrder("encoder", tmp_path / "five", base=str(base), options=options), TrainingSet(tuple(some[100:]), tuple(some[:100]))
    )
    assert bundle.metrics["test"]["all"]["accuracy"] >= 0.9


def test_early_stopping_and_class_weights_are_options(base: Path, tmp_path: Path) -> None:
    options = replace(OPTIONS, epochs=12, patience=2, class_weights=True)
    bundle = train(TrainOrder("kobert", tmp_path / "early", base=str(base), options=options), planted_set(560))
    assert len(bundle.metrics["history"]) < 12
    assert bundle.metrics["test"]["all"]["accuracy"] >= 0.9


def test_missing_weights_say_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(TrainingRefused, match="huggingface-cli download skt/kobert-base-v1"):
        train(TrainOrder("kobert", tmp_path / "out", base="skt/kobert-base-v1"), planted_set(70))
    with pytest.raises(TrainingRefused, match="there is no base model at"):
        train(TrainOrder("kobert", tmp_path / "out", base=str(tmp_path / "absent")), planted_set(70))


def test_a_set_of_one_label_cannot_be_trained_on(tmp_path: Path) -> None:
    one = tuple(sentence for sentence in planted(350) if sentence.label == "행복")
    with pytest.raises(TrainingRefused, match="of 1 labels"):
        train(TrainOrder("linear", tmp_path / "out"), TrainingSet(one, ()))


@pytest.fixture(scope="module")
def original(base: Path) -> Any:
    """A network with the original team's state dict keys, on the tiny configuration."""
    import transformers

    transformers.set_seed(5)
    config = transformers.BertConfig.from_pretrained(str(base), num_labels=7)
    return transformers.BertForSequenceClassification(config).eval()


@pytest.mark.parametrize("form", ["state dict", "checkpoint"])
def test_the_originals_checkpoints_are_read(original: Any, base: Path, tmp_path: Path, form: str) -> None:
    import torch

    from tagging.importing import import_checkpoint
    from tagging.tokenizer import load_tokenizer

    state = dict(original.state_dict())
    state["bert.embeddings.position_ids"] = torch.arange(96).unsqueeze(0)
    torch.save(state if form == "state dict" else {"Epoch": 6, "State_dict": state, "optimizer": {}}, tmp_path / "model_state.pt")
    bundle = import_checkpoint(tmp_path / "model_state.pt", base, tmp_path / "imported", int8=False)
    line = "오늘 눈물 이별 아침"
    ids = torch.tensor([load_tokenizer(base).encode(line).ids])
    with torch.no_grad():
        expected = torch.softmax(original(input_ids=ids).logits, dim=1).numpy()
    np.testing.assert_allclose(load_classifier(bundle.folder).predict_proba([line]), expected, atol=1e-3)


def test_whole_pickles_and_strangers_are_refused_with_the_reason(original: Any, base: Path, tmp_path: Path) -> None:
    import torch

    from tagging.importing import import_checkpoint

    def refused(name: str, reason: str) -> None:
        with pytest.raises(ModelRefused, match=reason):
            import_checkpoint(tmp_path / name, base, tmp_path / "out")

    torch.save(original, tmp_path / "checkpoint.pt")
    refused("checkpoint.pt", "pickles a whole Python object.*state_dict")
    (tmp_path / "text.pt").write_bytes(pickle.dumps({"a": 1})[:5])
    refused("text.pt", "is refused")
    state = {**original.state_dict(), "classifier.weight": torch.zeros(3, 64), "classifier.bias": torch.zeros(3)}
    torch.save(state, tmp_path / "three.pt")
    refused("three.pt", "answers with 3 labels")
    torch.save({"layer.weight": torch.zeros(2)}, tmp_path / "other.pt")
    refused("other.pt", "no BERT with a classifier")
    with pytest.raises(ModelMissing):
        import_checkpoint(tmp_path / "absent.pt", base, tmp_path / "out")


def test_a_vocabulary_of_its_own_order_is_read_as_kobert_transformers_reads_it(base: Path, tmp_path: Path) -> None:
    import sentencepiece
    from kobert_transformers.tokenization_kobert import KoBertTokenizer

    from tagging.tokenizer import load_tokenizer

    model = shutil.copy(base / "spiece.model", tmp_path / "tokenizer_78b3253a26.model")
    pieces = sentencepiece.SentencePieceProcessor(str(model))
    names = [pieces.id_to_piece(number) for number in range(pieces.get_piece_size())][::-1]
    (tmp_path / "vocab.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    published = KoBertTokenizer(str(model), str(tmp_path / "vocab.txt"))
    tokenizer = load_tokenizer(tmp_path)
    for line in LINES:
        assert tokenizer.encode(line).ids == published(line)["input_ids"]
    # A piece that stands twice has two ids, and the two readers take different ones.
    (tmp_path / "vocab.txt").write_text("\n".join([*names, "[CLS]"]) + "\n", encoding="utf-8")
    with pytest.raises(TrainingRefused, match="reads otherwise than with kobert-transformers"):
        load_tokenizer(tmp_path)


def test_the_fast_tokenizer_gives_sentencepiece_ids(base: Path) -> None:
    import sentencepiece

    from tagging.tokenizer import load_tokenizer

    pieces = sentencepiece.SentencePieceProcessor(str(base / "spiece.model"))
    tokenizer = load_tokenizer(base)
    for sentence in planted(100, seed=3):
        assert tokenizer.encode(sentence.text).ids == [2, *pieces.encode(sentence.text), 3]


def test_koberts_real_vocabularies_give_the_documented_ids(shared_dir: Path) -> None:
    from tagging.tokenizer import from_sentencepiece

    folder = shared_dir / "kobert"
    wanted = [2, 4958, 6855, 2046, 7088, 1050, 7843, 54, 3]
    assert from_sentencepiece(folder / "spiece.model", folder / "absent").encode("한국어 모델을 공유합니다.").ids == wanted
    by_list = from_sentencepiece(folder / "tokenizer_78b3253a26.model", folder / "vocab.txt")
    assert by_list.encode("한국어 모델을 공유합니다.").ids == wanted


# The exporter of torch warns of itself.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
def test_the_benchmark_of_tagging_runs() -> None:
    from benchmarks.tagging import run

    assert "| the default |" in run(smoke=True).table()
