"""The script that distils the theme table, on a small corpus whose vectors are known."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import recommender.theme as theme
from recommender.ngrams import counted_terms
from tagging.corpora.sentences import read_own
from tests.planted import planted, tiny_kobert
from tests.scripts import load_script


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = load_script("distil_theme")
    for name in ("THEME_TERMS", "THEME_TABLE", "CENTRES"):
        monkeypatch.setattr(module, name, tmp_path / f"{name}.npy")
    return module


def test_the_table_learns_what_the_vectors_say(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.normal(size=(384, 384)))[0]
    sentences = [sentence.text for sentence in read_own("diary", held_out=False)][:600]
    texts = [f"강아지 산책 {text}" if place % 2 else f"시험 성적 {text}" for place, text in enumerate(sentences)]
    texts[:4] = ["시험", "강아지", "성적", "산책"]
    # Two subjects, each a direction, under noise in all others.
    vectors = rng.normal(size=(len(texts), 384)) * 0.01 + np.where(np.arange(len(texts))[:, None] % 2, axes[0], axes[1])
    script.write_table(texts, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16))
    terms, table, centres = (np.load(tmp_path / f"{name}.npy") for name in ("THEME_TERMS", "THEME_TABLE", "CENTRES"))
    assert table.shape == (terms.size, script.DIMENSIONS)
    for name, value in (("_terms", terms), ("_table", table), ("_centres", np.zeros_like(centres))):
        monkeypatch.setattr(theme, name, lambda value=value: value)
    dog, walk, exam = (theme.theme_of_diary(*counted_terms(text)) for text in ("강아지", "산책", "시험"))
    assert dog @ walk > dog @ exam + 0.5


def test_texts_read_before_are_not_read_again(script: ModuleType, tmp_path: Path) -> None:
    kept = np.ones((2, 384), dtype=np.float16)
    np.save(tmp_path / "vectors.npy", kept)
    # No encoder lies in this folder: to open it would fail.
    assert (script.read_all(["가", "나"], tmp_path / "nowhere", tmp_path / "vectors.npy") == kept).all()


@pytest.mark.kobert
def test_texts_are_read_as_the_mean_over_the_encoders_tokens(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from transformers import BertModel

    from tagging.tokenizer import load_tokenizer, save_tokenizer

    encoder = tiny_kobert(tmp_path / "encoder-base")
    tokenizer = load_tokenizer(encoder)
    save_tokenizer(tokenizer, encoder)
    texts = [sentence.text for sentence in planted(6)]
    monkeypatch.setattr(script, "_SAVED", 4)
    read = script.read_all(texts, encoder, tmp_path / "vectors.npy")
    assert (np.load(tmp_path / "vectors.npy") == read).all()
    bert = BertModel.from_pretrained(encoder, add_pooling_layer=False).eval()
    for text, vector in zip(texts, read.astype(np.float32), strict=True):
        with torch.inference_mode():
            wanted = bert(input_ids=torch.tensor([tokenizer.encode(script.PREFIX + text).ids])).last_hidden_state[0].mean(0).numpy()
        # Eight bits move a vector by a little.
        assert vector @ wanted / np.linalg.norm(wanted) == pytest.approx(1, abs=0.01)


def test_the_same_files_list_the_same_texts_and_passages_first(script: ModuleType, tmp_path: Path) -> None:
    for name in ("chatbot.csv", "kote_val.tsv"):
        (tmp_path / name).write_text("Q,A,label\n" if name.endswith("csv") else "", encoding="utf-8")
    texts = script.texts_of(tmp_path)
    assert texts == script.texts_of(tmp_path)
    lines = [text.split("\n") for text in texts if "\n" in text]
    assert lines
    assert all(len(found) <= 8 for found in lines)


def test_no_held_out_sentence_is_listed(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "chatbot.csv").write_text("Q,A,label\n안녕하세요,반가워요 정말,0\n", encoding="utf-8")
    (tmp_path / "kote_val.tsv").write_text("1\t댓글을 남겨요\t3\n", encoding="utf-8")
    (tmp_path / "goemotions_ko_dev.tsv").write_text("번역한 문장이에요\t2\tx\n", encoding="utf-8")
    texts = set(script.texts_of(tmp_path))
    assert {"안녕하세요", "반가워요 정말", "댓글을 남겨요", "번역한 문장이에요"} <= texts
    held_out = {sentence.text for kind in ("diary", "lyric") for sentence in read_own(kind, held_out=True)}
    own = {sentence.text for kind in ("diary", "lyric") for sentence in read_own(kind, held_out=False)}
    assert held_out - own
    assert not (held_out - own) & texts
