from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from tagging.corpora.augment import balanced
from tagging.corpora.emotional import FINE_EMOTIONS, code_of, emotional_label
from tagging.corpora.find import find_corpora
from tagging.corpora.groups import groups_of, key_of
from tagging.corpora.kinds import Read, kinds
from tagging.corpora.open_sets import GOEMOTIONS, KOTE, read_chatbot, read_goemotions, read_kote
from tagging.corpora.sentences import Sentence
from tagging.dataset import BuildOrder, build, manifest_of
from tagging.emotions import LABELS
from tagging.errors import CorpusRefused
from tagging.training_set import read_set, write_set
from tests.planted import planted

VOICE_HEADER = (
    "wav_id,발화문,상황,1번 감정,1번 감정세기,2번 감정,2번 감정세기,3번 감정,3번 감정세기,"
    "4번 감정,4번감정세기,5번 감정,5번 감정세기,나이,성별"
)


def workbook(path: Path, rows: list[list[object]]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def read(folder: Path, **options: object) -> dict[str, list[Read]]:
    found, _ = find_corpora([folder], kinds(**options))  # type: ignore[arg-type]
    return {file.kind.name: list(file.read()) for file in found}


def used(rows: list[Read]) -> list[tuple[str, str]]:
    return [(row.text, row.label) for row in rows if not row.refused]


def test_single_turn_sentences_are_read_past_the_count_table(tmp_path: Path) -> None:
    workbook(
        tmp_path / "a.xlsx",
        [["Sentence", "Emotion", None, None, None, "공포", 5468], ["무섭다 ", "공포", None, None, None, "Total", "=SUM(G1)"]],
    )
    assert used(read(tmp_path)["single"]) == [("무섭다", "공포")]


def test_dialogues_are_read_with_the_header_on_the_second_row(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [None, None, None, None, None, 1030],
        ["dialog #", "발화", "감정", None, None, "행복"],
        ["S", "뭐라고?", "놀람"],
        [None, "아니야", "ㅈ중립"],
        [None, "됐어", None],
        [None, None, None],
        ["S", "안녕", "중립"],
    ]
    workbook(tmp_path / "talk.xlsx", rows)
    found = read(tmp_path)["dialogues"]
    assert used(found) == [("뭐라고?", "놀람"), ("안녕", "중립")]
    assert [(row.line, row.refused) for row in found if row.refused] == [(4, "unknown label 'ㅈ중립'"), (5, "no label")]
    assert [row.group for row in found] == ["dialogue-1", "dialogue-1", "dialogue-1", "dialogue-2"]


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_voice_data_in_cp949_is_read_by_situation_or_by_majority(tmp_path: Path, newline: str) -> None:
    rows = [
        VOICE_HEADER,
        '1,"어, 왜 그래?",anger,Neutral,0,Sad,1,Sad,1,Sad,1,Angry,1,27,male',
        "2,몰라,sadness,Neutral,0,Neutral,0,Sad,1,Sad,1,Angry,1,27,male",
        "3,글쎄,joyful,Neutral,0,Neutral,0,Neutral,0,Sad,1,Angry,1,27,male",
    ]
    (tmp_path / "4차.csv").write_bytes(newline.join(rows).encode("cp949"))
    assert used(read(tmp_path)["voice"]) == [("어, 왜 그래?", "분노"), ("몰라", "슬픔")]
    by_majority = read(tmp_path, voice_label="majority")["voice"]
    assert used(by_majority) == [("어, 왜 그래?", "슬픔"), ("글쎄", "중립")]
    assert by_majority[1].refused, "a tie names no emotion"


def test_emotional_dialogues_come_as_workbook_and_as_two_forms_of_json(tmp_path: Path) -> None:
    header = [None, "연령", "성별", "상황키워드", "신체질환", "감정_대분류", "감정_소분류", "사람문장1", "시스템문장1"]
    workbook(tmp_path / "a.xlsx", [header, [1, "청년", "남성", "-", "-", "상처", "배신당한", "믿었는데", "저런"]])
    item = {"profile": {"emotion": {"type": "E29"}}, "talk": {"content": {"HS01": "다 싫어졌어", "SS01": "그렇군요"}}}
    (tmp_path / "b.json").write_text(json.dumps([item, {"profile": {}}], ensure_ascii=False), encoding="utf-8")
    (tmp_path / "c.json").write_text(json.dumps(item, ensure_ascii=False) + ",\n" + json.dumps(item), encoding="utf-8")
    found, _ = find_corpora([tmp_path], kinds())
    assert [used(list(file.read())) for file in found] == [[("믿었는데", "슬픔")], [("다 싫어졌어", "슬픔")], [("다 싫어졌어", "슬픔")] * 2]
    fine, _ = find_corpora([tmp_path], kinds(fine=True))
    assert [used(list(file.read()))[0][1] for file in fine] == ["분노", "혐오", "혐오"]


def test_the_sixty_codes_are_told_by_group_and_name() -> None:
    assert sum(len(names) for names in FINE_EMOTIONS.values()) == 60
    assert code_of("상처", "고립된") == "E43"
    assert code_of("당황", "고립된") == "E51"
    assert code_of("당황", "혼란스러운(당황한)") == "E59"
    assert emotional_label("당황", "외로운") == "놀람"
    assert emotional_label("당황", "외로운", fine=True) == "슬픔"
    assert emotional_label("설렘", "외로운", fine=True) == ""


def test_renamed_columns_are_known_and_strange_files_passed_over(tmp_path: Path) -> None:
    workbook(tmp_path / "renamed.xlsx", [["문장", "감정"], ["좋다", "행복"]])
    (tmp_path / "other.csv").write_text("name,age\nkim,3\n", encoding="utf-8")
    (tmp_path / "broken.xlsx").write_bytes(b"no workbook")
    found, passed = find_corpora([tmp_path], kinds())
    assert [file.path.name for file in found] == ["renamed.xlsx"]
    assert len(passed) == 2
    with pytest.raises(CorpusRefused, match="no such file or folder"):
        find_corpora([tmp_path / "absent"], kinds())


def test_equal_and_nearly_equal_sentences_share_a_group() -> None:
    texts = [
        "어제 만난 그 사람 때문에 하루 종일 마음이 무거웠다",
        "어제 만난 그 사람 때문에 하루종일 마음이 무거웠다!!",
        "어제 만난 그 사람 때문에 하루 종일 마음이 너무 무거웠다",
        "내일은 도서관에 책을 돌려주러 간다",
        "응",
        "응.",
        "음",
    ]
    groups = groups_of([key_of(text) for text in texts]).tolist()
    assert groups[0] == groups[1] == groups[2]
    assert groups[4] == groups[5]
    assert len({groups[0], groups[3], groups[4], groups[6]}) == 4


def corpus(folder: Path) -> Path:
    sentences = planted(210) + [Sentence("같은 말을 또 했다", label, "x") for label in ("분노", "분노", "슬픔")]
    rows: list[list[object]] = [["Sentence", "Emotion"], *([sentence.text, sentence.label] for sentence in sentences)]
    # Copies that differ in a mark or a space only must not stand on the other side.
    rows += [[sentence.text.replace(" ", "", 1) + "!", sentence.label] for sentence in sentences[:100]]
    workbook(folder / "set.xlsx", rows)
    return folder


def test_no_sentence_or_near_copy_stands_on_both_sides(tmp_path: Path) -> None:
    built, report = build(BuildOrder((corpus(tmp_path),)))
    tested = {key_of(sentence.text) for sentence in built.test}
    assert 0.15 < len(built.test) / (len(built.test) + sum("+" not in s.corpus for s in built.train)) < 0.25
    assert not tested & {key_of(sentence.text) for sentence in built.train}
    assert not {sentence.group for sentence in built.test} & {sentence.group for sentence in built.train}
    assert report.duplicates == 102
    assert report.conflicts == 1
    assert not any("augmented" in sentence.corpus for sentence in built.test)
    assert [s.label for s in (*built.train, *built.test) if s.text == "같은 말을 또 했다"] == ["분노"]


def test_the_same_seed_builds_the_same_set_and_a_set_survives_its_file(tmp_path: Path) -> None:
    order = BuildOrder((corpus(tmp_path),), seed=3)
    first, report = build(order)
    second, _ = build(order)
    other, _ = build(BuildOrder(order.places, seed=4))
    assert first == second != other
    write_set(tmp_path / "set.tsv", first, manifest_of(order, report))
    kept = read_set(tmp_path / "set.tsv")
    assert [(s.text, s.label, s.group) for s in kept.test] == [(s.text, s.label, s.group) for s in first.test]
    manifest = json.loads((tmp_path / "set.tsv.manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 3
    assert manifest["files"][0]["corpus"] == "single"


def test_rare_labels_are_lifted_on_the_training_side() -> None:
    sentences = [sentence for sentence in planted(700) if sentence.label != "혐오" or int(sentence.group[1:]) < 100]
    before = Counter(sentence.label for sentence in sentences)
    added = balanced(sentences, share=0.5, most=5, rng=random.Random(0))
    assert {sentence.label for sentence in added} == {"혐오"}
    assert before["혐오"] + len(added) == before["행복"] // 2
    assert not {sentence.text for sentence in added} & {sentence.text for sentence in sentences}


def test_sentences_with_unwanted_words_are_left_out(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("# politics\n눈물\n\n", encoding="utf-8")
    built, report = build(BuildOrder((corpus(tmp_path),), word_lists=(words,)))
    assert report.unwanted > 0
    assert not any("눈물" in sentence.text for sentence in (*built.train, *built.test) if "+" not in sentence.corpus)


def test_open_sets_give_the_emotion_that_most_of_their_labels_name(tmp_path: Path) -> None:
    assert len(KOTE) == 44
    assert len(GOEMOTIONS) == 28
    assert {*KOTE.values(), *GOEMOTIONS.values()} <= {*LABELS, ""}
    (tmp_path / "kote.tsv").write_text("1\t무섭고 불안\t18,41\n2\t섞임\t5,6\n3\t없음\t24\n", encoding="utf-8")
    (tmp_path / "go.tsv").write_text("thanks\t15\tx\nmeh\t4\n", encoding="utf-8")
    (tmp_path / "chat.csv").write_text("Q,A,label\n보고 싶어,토닥,1\n밥,냠,0\n", encoding="utf-8")
    assert [(s.text, s.label) for s in read_kote(tmp_path / "kote.tsv")] == [("무섭고 불안", "공포"), ("없음", "중립")]
    assert [s.label for s in read_goemotions(tmp_path / "go.tsv")] == ["행복"]
    assert [(s.text, s.label) for s in read_chatbot(tmp_path / "chat.csv")] == [("보고 싶어", "슬픔")]


def test_every_given_corpus_is_found_and_counted(shared_dir: Path) -> None:
    found, _ = find_corpora([shared_dir / "data"], kinds())
    counts: Counter[str] = Counter()
    for file in found:
        counts[file.kind.name] += len(used(list(file.read())))
    assert counts == {"voice": 35304, "emotional": 5305, "single": 30836, "dialogues": 44525}
