"""Vocabularies as one fast tokenizer file: KoBERT's SentencePiece models become a `tokenizers` Unigram with the published ids.

KoBERT's two published forms are `spiece.model` (8,002 pieces in KoBERT's id order) and `tokenizer_78b3253a26.model` (8,000 pieces in
its own order) with `vocab.txt`, whose line number is the id. Both are read with `sentencepiece` when a bundle is made, and the second is
compared with the tokenizer of `kobert-transformers`, which the original read its sentences with; at work only `tokenizers` is needed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tagging.errors import TrainingRefused

TOKENIZER_FILE = "tokenizer.json"
_PIECE_FILES = ("spiece.model", "tokenizer_78b3253a26.model", "tokenizer.model", "sentencepiece.bpe.model")
_SPECIAL = ("[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]")
_METASPACE = "▁"
# What a conversion may get wrong: syllables that are no piece, spaces, other scripts, signs, compatibility forms.
_PROOF = (
    "오늘은 괜히 눈물이 났다.",
    "  뭐야뭐야   왜 저래 ㅋㅋㅋ ㅠㅠ!!",
    "I love you 2026년 11월 25일, ①번 ㈜",
    "쀍 꿹 🎂 — “말줄임…”",
)


def load_tokenizer(folder: Path) -> Any:
    """The `tokenizers.Tokenizer` of a model folder: its `tokenizer.json`, else its SentencePiece model. Raises TrainingRefused."""
    from tokenizers import Tokenizer

    if (folder / TOKENIZER_FILE).is_file():
        return Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    for name in _PIECE_FILES:
        if (folder / name).is_file():
            tokenizer = from_sentencepiece(folder / name, folder / "vocab.txt")
            if (folder / "vocab.txt").is_file():
                _require_equal(tokenizer, folder / name, folder / "vocab.txt")
            return tokenizer
    raise TrainingRefused(f"{folder} has no tokenizer: {TOKENIZER_FILE} or KoBERT's {' or '.join(_PIECE_FILES[:2])} must lie in it")


def pad_id_of(tokenizer: Any) -> int:
    """The id of the padding piece, `[PAD]` or `<pad>`."""
    for name in ("[PAD]", "<pad>"):
        if (found := tokenizer.token_to_id(name)) is not None:
            return int(found)
    raise TrainingRefused("the tokenizer has no [PAD] or <pad> piece")


def from_sentencepiece(model: Path, vocabulary: Path) -> Any:
    """A Unigram tokenizer equal to `[CLS] + SentencePiece + [SEP]`; ids by `vocabulary` (a piece a line) where the file exists."""
    import sentencepiece
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    pieces = sentencepiece.SentencePieceProcessor(str(model))
    scores = {pieces.id_to_piece(number): float(pieces.get_score(number)) for number in range(pieces.get_piece_size())}
    names = _names(pieces, vocabulary, scores)
    tokenizer = Tokenizer(models.Unigram([(name, scores.get(name, 0.0)) for name in names], unk_id=names.index("[UNK]")))
    charsmap = pieces_charsmap(model)
    steps: list[Any] = [normalizers.Precompiled(charsmap)] if charsmap else [normalizers.NFKC()]
    tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=_METASPACE, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement=_METASPACE, prepend_scheme="always")
    first, last = names.index("[CLS]"), names.index("[SEP]")
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", first), ("[SEP]", last)])
    return tokenizer


def _require_equal(tokenizer: Any, model: Path, vocabulary: Path) -> None:
    """Raise TrainingRefused unless the converted tokenizer gives the ids of `kobert_transformers`' own."""
    from kobert_transformers.tokenization_kobert import KoBertTokenizer

    published = KoBertTokenizer(str(model), str(vocabulary))
    for text in _PROOF:
        if tokenizer.encode(text).ids != published(text)["input_ids"]:
            raise TrainingRefused(
                f"{model} could not be converted: {text!r} reads otherwise than with kobert-transformers; "
                f"is {vocabulary.name} the one it was published with?"
            )


def _names(pieces: Any, vocabulary: Path, scores: dict[str, float]) -> list[str]:
    if vocabulary.is_file():
        names = vocabulary.read_text(encoding="utf-8").splitlines()
    else:
        names = [pieces.id_to_piece(number) for number in range(pieces.get_piece_size())]
    renamed = {"<unk>": "[UNK]", "<pad>": "[PAD]", "<s>": "[CLS]", "</s>": "[SEP]"}
    if "[CLS]" not in scores:
        names = [renamed.get(name, name) for name in names]
    missing = [name for name in _SPECIAL[:4] if name not in names]
    if missing:
        raise TrainingRefused(f"the vocabulary has no {', '.join(missing)}, so it is not KoBERT's")
    return names


def pieces_charsmap(model: Path) -> bytes:
    """The character normalisation inside a SentencePiece model file (field 3.2 of its protocol buffer); empty when it has none."""
    data = model.read_bytes()
    for number, value in _fields(data):
        if number == 3:
            return next((inner for field, inner in _fields(value) if field == 2), b"")
    return b""


def _fields(data: bytes) -> list[tuple[int, bytes]]:
    """Length-delimited fields of a protocol buffer message; the others are skipped."""
    found: list[tuple[int, bytes]] = []
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == 2:
            size, place = _varint(data, place)
            found.append((key >> 3, data[place : place + size]))
            place += size
        elif kind == 0:
            _, place = _varint(data, place)
        else:
            place += 4 if kind == 5 else 8
    return found


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place += 1
        if byte < 128:
            return value, place
        shift += 7


def save_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Write `tokenizer.json`, without indentation since it is large."""
    text = json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":"))
    (folder / TOKENIZER_FILE).write_text(text, encoding="utf-8")
