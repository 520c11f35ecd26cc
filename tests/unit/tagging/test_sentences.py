from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from tagging.corpora.groups import groups_of, key_of
from tagging.corpora.sentences import OWN_FOLDER, Sentence, read_own, read_tsv, read_whole
from tagging.emotions import LABELS
from tagging.labelled_file import read_labelled
from tagging.lyrics import lines_of


def sentences(kind: str) -> list[Sentence]:
    return [*read_own(kind, held_out=False), *read_own(kind, held_out=True)]


@pytest.mark.parametrize("kind", ["diary", "lyric"])
def test_there_are_enough_sentences_of_every_label(kind: str) -> None:
    found = sentences(kind)
    counts = Counter(sentence.label for sentence in found)
    assert len(found) >= 3500
    assert min(counts[label] for label in LABELS) >= 400


def test_no_sentence_stands_twice() -> None:
    keys = Counter(key_of(sentence.text) for kind in ("diary", "lyric") for sentence in sentences(kind))
    assert [key for key, count in keys.items() if count > 1] == []


def test_near_copies_are_rare_and_never_cross_into_the_held_out_part() -> None:
    for kind in ("diary", "lyric"):
        trained = list(read_own(kind, held_out=False))
        held = list(read_own(kind, held_out=True))
        groups = groups_of([key_of(sentence.text) for sentence in [*trained, *held]])
        crossing = set(groups[: len(trained)].tolist()) & set(groups[len(trained) :].tolist())
        assert not crossing
        assert len(np.unique(groups)) >= 0.995 * len(groups)


def test_every_line_names_a_voice_and_has_a_fitting_length() -> None:
    for path in OWN_FOLDER.glob("*.tsv"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            fields = line.split("\t")
            assert len(fields) == 3, (path.name, number)
            assert fields[2].strip(), (path.name, number)
            assert 1 <= len(fields[0]) <= 140, (path.name, number)


@pytest.mark.parametrize(("name", "of_each"), [("heldout-plain", 40), ("heldout-cue", 15)])
def test_no_sentence_of_a_held_out_file_is_trained_on(name: str, of_each: int) -> None:
    held = list(read_tsv(OWN_FOLDER / f"{name}.tsv", name))
    trained = {key_of(sentence.text) for kind in ("diary", "lyric") for sentence in read_own(kind, held_out=False)}
    assert Counter(sentence.label for sentence in held) == dict.fromkeys(LABELS, of_each)
    assert not [sentence.text for sentence in held if key_of(sentence.text) in trained]


def test_songs_for_validation_are_balanced_and_unlike_all_that_is_trained_on() -> None:
    held = read_labelled(OWN_FOLDER / "songs-validation.jsonl")
    assert Counter(song.label for song in held) == dict.fromkeys(LABELS, 15)
    trained = list(read_whole("lyric", held_out=False))
    groups = groups_of([key_of(song.text) for song in [*trained, *held]])
    assert not set(groups[: len(trained)].tolist()) & set(groups[len(trained) :].tolist())
    ours, theirs = ({line.hash for song in songs for line in lines_of(song.text)} for songs in (held, trained))
    assert len(ours & theirs) < 0.02 * len(ours), "songs share a common phrase now and then, no more"


def test_whole_diaries_are_balanced_and_no_training_sentence_stands_in_them() -> None:
    entries = [json.loads(line) for line in (OWN_FOLDER / "diaries-validation.jsonl").read_text(encoding="utf-8").splitlines()]
    counts = Counter(entry["emotion"] for entry in entries)
    assert len(entries) >= 100
    assert min(counts[label] for label in LABELS) >= 10
    texts = [key_of(entry["text"]) for entry in entries]
    long_ones = [key_of(sentence.text) for sentence in read_own("diary", held_out=False) if len(sentence.text) > 25]
    assert not [key for key in long_ones if any(key in text for text in texts)]


@pytest.mark.parametrize(("kind", "least"), [("diary", 90), ("lyric", 25)])
def test_whole_texts_are_balanced_and_none_that_is_held_out_is_like_one_that_is_trained_on(kind: str, least: int) -> None:
    trained, held = list(read_whole(kind, held_out=False)), list(read_whole(kind, held_out=True))
    counts = Counter(text.label for text in trained)
    assert min(counts[label] for label in LABELS) >= least
    assert len({text.label for text in held}) == len(LABELS)
    groups = groups_of([key_of(text.text) for text in [*trained, *held]])
    assert not set(groups[: len(trained)].tolist()) & set(groups[len(trained) :].tolist())
    assert not {key_of(text.text) for text in held} & {key_of(sentence.text) for sentence in read_own(kind, held_out=False)}
