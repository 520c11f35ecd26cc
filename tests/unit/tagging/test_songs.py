from __future__ import annotations

import hashlib

import numpy as np

from tagging.diary import read_diary, sentences_of
from tagging.emotions import LABELS, Emotion
from tagging.lyrics import PASSAGE, lines_of, lyric_of
from tagging.reader import Reader
from tagging.song import SONG_RULES, SongReading, read_song


def rows(*emotions: str, sure: float = 0.88) -> np.ndarray:
    """Probabilities that give each line one emotion."""
    read = np.full((len(emotions), 7), (1 - sure) / 6, dtype=np.float32)
    for row, emotion in enumerate(emotions):
        read[row, LABELS.index(emotion)] = sure
    return read


def song_of(lyrics: str, lines: tuple[str, ...], passages: str, whole: str, sure: float = 0.88) -> SongReading:
    """A song whose different lines are read as `lines`, all its passages as `passages` and the whole as `whole`."""
    lyric = lyric_of(lyrics)
    others = rows(*[passages] * len(lyric.passages), whole, sure=sure)
    return read_song(lyric, np.concatenate([rows(*lines), others]))


def test_a_lyric_is_its_different_lines_with_their_number_of_times() -> None:
    lines = lines_of("사랑해\n\n[Verse 2]\n 사랑해 \n♪ ~\nI love you\n(간주)\n안녕")
    assert [(line.text, line.times, line.foreign) for line in lines] == [("사랑해", 2, False), ("I love you", 1, True), ("안녕", 1, False)]


def test_lines_that_look_alike_hash_alike() -> None:
    composed, decomposed = lines_of("가나다")[0], lines_of("가나다")[0]
    assert composed.hash == decomposed.hash


def test_a_lyric_is_read_by_lines_by_passages_and_as_a_whole() -> None:
    lyric = lyric_of("\n".join(["너라서 그런가 봐"] * 2 + [f"{number}번 버스가 온다" for number in range(12)]))
    assert len(lyric.lines) == 13
    assert " ".join(text.text for text in lyric.passages) == lyric.whole[0].text == " ".join(line.text for line in lyric.lines)
    assert all(len(passage.text) <= PASSAGE < len(passage.text) + 12 for passage in lyric.passages[:-1])
    assert sum(passage.times for passage in lyric.passages) == lyric.whole[0].times == 14


def test_a_line_longer_than_a_passage_is_one_by_itself() -> None:
    lyric = lyric_of("짧은 줄\n" + "아주 긴 줄 " * 20 + "\n또 짧은 줄")
    assert [passage.text for passage in lyric.passages] == [line.text for line in lyric.lines]


def test_a_chorus_counts_as_often_as_it_is_sung() -> None:
    song = song_of("울었네\n울었네\n울었네\n버스가 온다", ("슬픔", "중립"), "슬픔", "슬픔")
    assert song.n_lines == 4
    assert dict(zip(LABELS, song.counts, strict=True)) == {"행복": 0, "놀람": 0, "분노": 0, "공포": 0, "혐오": 0, "슬픔": 3, "중립": 1}
    assert song.main_emotion == "슬픔"
    np.testing.assert_allclose(song.probabilities.sum(), 1, atol=1e-6)


def test_flat_lines_do_not_drown_a_feeling() -> None:
    assert song_of("하나\n둘\n셋\n넷\n다섯", ("중립", "중립", "중립", "분노", "분노"), "분노", "중립", sure=0.5).main_emotion == "분노"


def test_passages_tell_what_their_lines_alone_do_not() -> None:
    lyrics = "\n".join(f"{number}번 버스가 온다" for number in range(12))
    assert song_of(lyrics, ("중립",) * 12, "슬픔", "슬픔", sure=0.5).main_emotion == "슬픔"
    assert song_of(lyrics, ("중립",) * 12, "중립", "슬픔", sure=0.5).main_emotion == "중립"


def test_a_song_that_is_flat_throughout_is_neutral() -> None:
    assert song_of("하나\n둘", ("중립", "중립"), "중립", "중립").main_emotion == "중립"


def test_a_song_without_lines_has_no_emotion() -> None:
    song = read_song(lyric_of("(간주)\n\n"), np.empty((0, 7), dtype=np.float32))
    assert (song.n_lines, song.counts, song.main_emotion) == (0, (0,) * 7, None)


def test_a_diary_is_cut_into_sentences_that_keep_their_marks() -> None:
    assert sentences_of("비가 왔다... 우산이 없었다ㅠㅠ 뛰었다! ㅋㅋ\n집에 왔다") == [
        "비가 왔다...",
        "우산이 없었다ㅠㅠ 뛰었다! ㅋㅋ",
        "집에 왔다",
    ]


def test_a_diary_reading_says_where_its_feeling_comes_from(default: Reader) -> None:
    text = "아침에 버스를 탔다. 점심은 김밥. 저녁에 강아지가 세상을 떠났다. 너무 보고 싶어서 눈물만 난다."
    reading = read_diary(text, default)
    assert reading.emotion is Emotion.SADNESS
    assert [sentence.text for sentence in reading.sentences] == sentences_of(text)
    assert abs(sum(sentence.weight for sentence in reading.sentences) - 1) < 1e-6
    assert reading.sentences[-1].weight > reading.sentences[0].weight
    np.testing.assert_allclose(reading.probabilities.sum(), 1, atol=1e-5)


def test_an_empty_diary_is_doubt(default: Reader) -> None:
    reading = read_diary("  \n ", default)
    assert reading.probabilities.max() < 0.7


def test_a_diary_of_a_megabyte_is_read(default: Reader) -> None:
    assert len(read_diary("오늘도 걸었다. " * 100_000, default).sentences) <= 200


def test_a_changed_label_has_rules_of_another_name() -> None:
    songs = []
    for number in range(200):
        lyric = lyric_of("\n".join(f"{number % 9} 노래 {line}" for line in range(number % 12)) + "\n[후렴]\n라라\n라라\nlove")
        drawn = [list(hashlib.sha256(f"{number} {row}".encode()).digest()[:7]) for row in range(len(lyric.read))]
        read = np.array(drawn, dtype=np.float32) ** 4 + 1
        read /= read.sum(axis=1, keepdims=True)
        songs.append(read_song(lyric, read))
    told = [f"{song.main_emotion} {song.counts} {song.n_lines}" for song in songs]
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
    assert (SONG_RULES, digest) == ("song3", "b4c1477aeee602cb"), "give SONG_RULES another name, and note both here"
