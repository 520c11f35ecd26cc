"""The two trainable networks, built late since torch takes seconds to import.

`kobert`: BERT with dropout 0.5 and one linear layer on the pooled output, the original's network; its state dict is that of
`BertForSequenceClassification(num_labels=7)`. `encoder`: a small pretrained BERT, mean pooling over tokens, one linear layer; the same
keys but for the pooler. An encoder may have a layer of 7 k outputs, for the labels of k corpora (`tagging.sources`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagging.bundle import open_bundle
from tagging.dequantise import float_weights
from tagging.emotions import LABELS, N_LABELS
from tagging.errors import ExtraMissing, TrainingRefused
from tagging.transformer import GRAPH_FILE

if TYPE_CHECKING:
    import torch

WEIGHTS_FILE, NETWORK_FILE = "model.safetensors", "network.json"
_HUB_FILES = ["config.json", "*.safetensors", "pytorch_model.bin", "*.model", "vocab.txt", "tokenizer.json"]


def require_torch(what: str) -> None:
    """Raise ExtraMissing where the `kobert` extra is not installed."""
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError:
        raise ExtraMissing(what, "kobert") from None


def base_folder(base: str) -> Path:
    """The local folder of a base model: a folder as it is, else a Hugging Face hub name fetched or found in its cache.

    Raises TrainingRefused with how to get the weights when there is neither folder, network nor cache.
    """
    folder = Path(base)
    if folder.is_dir():
        return folder
    if not base or base.count("/") > 1 or base.startswith((".", "/")):
        raise TrainingRefused(
            f"there is no base model at {base or 'an empty path'}: give a folder with config.json, weights and a tokenizer"
        )
    import huggingface_hub

    try:
        return Path(huggingface_hub.snapshot_download(base, allow_patterns=_HUB_FILES))
    except Exception as error:  # the hub raises errors of requests, httpx, its own and OSError alike
        cause = type(error).__name__
        raise TrainingRefused(
            f"the base model {base} could not be fetched ({cause}): on a machine with network run "
            f"`huggingface-cli download {base} --local-dir kobert`, copy that folder here, and give it as --base kobert"
        ) from error


def build_network(kind: str, folder: Path, sources: Sequence[str] = ("",)) -> Any:
    """The network of a kind, for sentences of these corpora, on the pretrained weights in a folder.

    The folder may be a bundle trained earlier: then all its weights are the start, the last layer's included; a corpus that it does not
    know starts from the mean of those that it knows. Raises TrainingRefused when they cannot be read.
    """
    from transformers import AutoConfig, BertForSequenceClassification, BertModel

    if (folder / NETWORK_FILE).is_file():
        network = trained_network(kind, folder)
        known = tuple(open_bundle(folder).options.get("sources", ("",)))
        if known != tuple(sources):
            network.classifier = _spread(network.classifier, known, sources)
        return network
    try:
        config = AutoConfig.from_pretrained(str(folder), num_labels=N_LABELS, id2label=dict(enumerate(LABELS)))
        if kind == "kobert":
            config.classifier_dropout = 0.5
            return BertForSequenceClassification.from_pretrained(str(folder), config=config)
        return mean_pooled(BertModel.from_pretrained(str(folder), config=config, add_pooling_layer=False), len(sources))
    except (OSError, ValueError, RuntimeError) as error:
        raise TrainingRefused(f"the base model in {folder} cannot be read: {str(error).splitlines()[0]}") from error


def trained_network(kind: str, folder: Path) -> Any:
    """The network in a bundle, with its float32 weights or, where it has none, with those of its 8-bit graph.

    Raises ModelRefused, or TrainingRefused when they are of another kind.
    """
    open_bundle(folder)
    try:
        weights = _weights_of(folder)
        config = json.loads((folder / NETWORK_FILE).read_text(encoding="utf-8"))
        network = empty_network(kind, config, _sources_of(weights["classifier.weight"]))
        network.load_state_dict(weights, strict=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise TrainingRefused(f"{folder} holds no model of the kind {kind} to go on from: {str(error).splitlines()[0]}") from error
    return network


def _weights_of(folder: Path) -> dict[str, torch.Tensor]:
    import torch
    from safetensors.torch import load_file

    if (folder / WEIGHTS_FILE).is_file():
        return load_file(str(folder / WEIGHTS_FILE))
    return {name: torch.from_numpy(array) for name, array in float_weights(folder / GRAPH_FILE).items()}


def _sources_of(weight: torch.Tensor) -> int:
    """Corpora that a last layer has labels of."""
    return int(weight.shape[0]) // N_LABELS


def _spread(layer: Any, known: Sequence[str], sources: Sequence[str]) -> Any:
    """A last layer for other corpora than the given one's: those that it knows keep their rows, each other gets the mean of all."""
    import torch

    spread = torch.nn.Linear(layer.in_features, N_LABELS * len(sources))
    with torch.no_grad():
        for new, old in ((spread.weight, layer.weight), (spread.bias, layer.bias)):
            rows = old.reshape(-1, N_LABELS, *old.shape[1:])
            new.copy_(torch.cat([rows[known.index(source)] if source in known else rows.mean(dim=0) for source in sources]))
    return spread


def empty_network(kind: str, config: dict[str, Any], sources: int = 1) -> Any:
    """The same network with fresh weights, from a `BertConfig` as a dict."""
    import transformers

    library: Any = transformers
    shaped = library.BertConfig(**{**config, "num_labels": N_LABELS, "id2label": dict(enumerate(LABELS)), "label2id": None})
    if kind == "kobert":
        return library.BertForSequenceClassification(shaped)
    return mean_pooled(library.BertModel(shaped, add_pooling_layer=False), sources)


def mean_pooled(bert: Any, sources: int = 1) -> torch.nn.Module:
    """Mean pooling, dropout and a linear layer over a BERT without pooler; `logits` are (n, 7), `pairs` (n, 7 k) those of k corpora."""
    import torch

    class MeanPooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert
            self.config: Any = bert.config
            self.dropout = torch.nn.Dropout(0.2)
            self.classifier = torch.nn.Linear(self.config.hidden_size, N_LABELS * sources)

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> dict[str, torch.Tensor]:
            states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            pooled = (states * mask).sum(1) / mask.sum(1)
            pairs = self.classifier(self.dropout(pooled).to(self.classifier.weight.dtype))
            if pairs.shape[1] == N_LABELS:
                return {"logits": pairs, "pairs": pairs}
            return {"logits": torch.logsumexp(pairs.reshape(-1, pairs.shape[1] // N_LABELS, N_LABELS), dim=1), "pairs": pairs}

    return MeanPooled()
