"""Trims a multilingual encoder's vocabulary to what Korean text meets."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagging.tokenizer import TOKENIZER_FILE


def trim(source: Path, target: Path, texts: Iterable[str]) -> NDArray[np.int64]:
    """Write a `tokenizer.json` with the pieces that the texts use, every piece with Hangul in it, and every single character.

    Texts are cut as before, since a Unigram model's best path only loses pieces that it did not take; unseen English words fall into
    more pieces. Returns the old ids of the kept pieces in their new order; special pieces keep their ids, `<mask>` goes.
    """
    from tokenizers import Tokenizer

    content: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    pieces = content["model"]["vocab"]
    used = {number for encoding in Tokenizer.from_file(str(source)).encode_batch(list(texts)) for number in encoding.ids}
    special = {item["content"] for item in content["added_tokens"]} - {"<mask>"}
    kept = [
        number for number, (piece, _) in enumerate(pieces) if piece != "<mask>" and (number in used or piece in special or _stays(piece))
    ]
    content["model"]["vocab"] = [pieces[number] for number in kept]
    content["added_tokens"] = [item for item in content["added_tokens"] if item["content"] in special]
    target.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    (target / TOKENIZER_FILE).write_text(text, encoding="utf-8")
    return np.array(kept, dtype=np.int64)


def _stays(piece: str) -> bool:
    return len(piece) == 1 or any("가" <= letter <= "힣" or "ㄱ" <= letter <= "ㆎ" for letter in piece)
