"""Makes a sentence encoder's folder from a pretrained network; needs torch."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagging.corpora.sentences import read_own
from tagging.errors import TrainingRefused
from tagging.networks import base_folder, require_torch
from tagging.sentence_encoder import CENTRES_FILE, SentenceEncoder, open_encoder, seal, unit_rows
from tagging.transformer import GRAPH_FILE, TOKENIZER_FILE, OnnxTransformer

PREFIX = "query: "
# Passages whose mean is the common direction: kind, sentences in one, how many.
_PASSAGES = (("diary", 3, 300), ("lyric", 5, 300))


def make_encoder(base: str, folder: Path, *, prefix: str = PREFIX) -> SentenceEncoder:
    """Write a pretrained BERT-like encoder (a local folder, or a hub name where there is a network) as an 8-bit graph with mean pooling.

    `prefix` is put before every text, as the e5 family asks for. The folder appears whole or not at all. Raises TrainingRefused or
    ExtraMissing.
    """
    require_torch("making a sentence encoder")
    from tagging.export import export_graph, most_tokens
    from tagging.tokenizer import load_tokenizer, pad_id_of, save_tokenizer

    source = base_folder(base)
    tokenizer = load_tokenizer(source)
    network = mean_pooling(source)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as draft_name:
        draft = Path(draft_name) / "encoder"
        draft.mkdir()
        export_graph(network, draft, tokenizer, prefix=prefix, int8=True)
        save_tokenizer(tokenizer, draft)
        options: dict[str, Any] = {"prefix": prefix, "pad_id": pad_id_of(tokenizer), "max_tokens": most_tokens(network.bert)}
        centres = _centres(OnnxTransformer(draft / GRAPH_FILE, draft / TOKENIZER_FILE, **options))
        np.save(draft / CENTRES_FILE, centres, allow_pickle=False)
        seal(draft, options)
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    return open_encoder(folder)


def mean_pooling(folder: Path) -> Any:
    """The pretrained network with the mean over tokens, under the name that the exporter knows (`logits`)."""
    import torch
    from transformers import BertModel

    class MeanPooling(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = BertModel.from_pretrained(str(folder), add_pooling_layer=False)

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> dict[str, torch.Tensor]:
            states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            return {"logits": (states * mask).sum(1) / mask.sum(1)}

    try:
        return MeanPooling()
    except (OSError, ValueError, RuntimeError) as error:
        raise TrainingRefused(f"the base model in {folder} cannot be read: {str(error).splitlines()[0]}") from error


def _centres(transformer: OnnxTransformer) -> NDArray[np.float32]:
    """Mean directions of diaries and of lyrics, float32 (2, d), measured on ReUmi's own sentences."""
    return np.stack([unit_rows(transformer.logits(_passages(*kind))).mean(axis=0) for kind in _PASSAGES])


def _passages(kind: str, lines: int, count: int) -> Sequence[str]:
    texts = [sentence.text for sentence in read_own(kind, held_out=False)]
    random.Random(0).shuffle(texts)
    return [" ".join(texts[start : start + lines]) for start in range(0, lines * count, lines)]
