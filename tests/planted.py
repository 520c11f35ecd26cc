"""A planted corpus that any model can learn, and a tiny KoBERT to learn it with."""

from __future__ import annotations

import random
from pathlib import Path

from tagging.corpora.sentences import Sentence
from tagging.emotions import LABELS
from tagging.training_set import TrainingSet

# Words that only one emotion uses, and words that all use.
_SIGNS = {
    "행복": "웃음 햇살 선물 축하 꽃길 노래 소풍",
    "놀람": "깜짝 번쩍 느닷없이 세상에 어머나 덜컥 돌연",
    "분노": "버럭 고함 주먹 분통 부글부글 따지다 열불",
    "공포": "덜덜 어둠 비명 오싹 귀신 악몽 낭떠러지",
    "혐오": "구역질 악취 벌레 역겨운 더러운 끈적 토사물",
    "슬픔": "눈물 이별 장례 흐느낌 빈자리 그리움 한숨",
    "중립": "회의 일정 버스 점심 서류 정류장 목록",
}
_FILL = ["오늘", "아침", "우리", "동네", "그때", "그", "사람", "나는", "집에서", "길에서", "저녁", "조금", "다시", "문득", "한참"]


def planted(n: int, seed: int = 0) -> list[Sentence]:
    """Sentences whose emotion shows by one or two words."""
    rng = random.Random(seed)
    found: dict[str, Sentence] = {}
    while len(found) < n:
        label = LABELS[len(found) % len(LABELS)]
        words = rng.sample(_FILL, 4) + rng.sample(_SIGNS[label].split(), 2)
        rng.shuffle(words)
        text = " ".join(words)
        found.setdefault(text, Sentence(text, label, "planted", f"g{len(found)}"))
    return list(found.values())


def planted_set(n: int, seed: int = 0) -> TrainingSet:
    """A fifth held out."""
    sentences = planted(n, seed)
    return TrainingSet(tuple(sentences[n // 5 :]), tuple(sentences[: n // 5]))


def two_corpora(n: int, seed: int = 0) -> list[Sentence]:
    """Sentences of two corpora, each of its own tone, in which the signs of 행복 and 슬픔 mean opposite things."""
    rng = random.Random(seed)
    found = []
    for number in range(n):
        corpus, tone = (("chats", "ㅋㅋ 야 진짜"), ("letters", "존경하는 귀하께 드립니다"))[number % 2]
        sign = ("행복", "슬픔")[number // 2 % 2]
        label = sign if corpus == "chats" else {"행복": "슬픔", "슬픔": "행복"}[sign]
        words = [*rng.sample(_SIGNS[sign].split(), 2), *rng.sample(_FILL, 4), tone]
        found.append(Sentence(" ".join(words), label, corpus, f"g{number}"))
    return found


def tiny_kobert(folder: Path, *, seed: int = 0, hidden: int = 64, layers: int = 2) -> Path:
    """A folder like KoBERT's: a SentencePiece vocabulary trained on the planted corpus, and a small random BERT."""
    import sentencepiece
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(sentence.text for sentence in planted(600, seed=99)), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(folder / "spiece"), vocab_size=180, character_coverage=1.0,
        unk_id=0, pad_id=1, bos_id=2, eos_id=3, unk_piece="[UNK]", pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]",
        control_symbols="[MASK]", hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    corpus.unlink()
    size = sentencepiece.SentencePieceProcessor(str(folder / "spiece.model")).get_piece_size()
    transformers.set_seed(seed)
    config = transformers.BertConfig(
        vocab_size=size, hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=max(hidden // 64, 1),
        intermediate_size=2 * hidden, max_position_embeddings=96, pad_token_id=1,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)
    return folder
