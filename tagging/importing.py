"""The original team's checkpoints → bundles: state dicts and `{'State_dict': …}` checkpoints, never whole pickled models."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

from tagging.bundle import CARD, Bundle, write_config
from tagging.card import card_of
from tagging.emotions import N_LABELS
from tagging.errors import ModelMissing, ModelRefused
from tagging.networks import empty_network, require_torch
from tagging.tokenizer import load_tokenizer, pad_id_of, save_tokenizer

_HOW = (
    "it pickles a whole Python object, which could run any code; where the original code still runs, "
    "write `torch.save(model.state_dict(), 'model_state.pt')` and import that file"
)
_STATE_KEYS = ("State_dict", "state_dict", "model_state_dict", "model")


def import_checkpoint(file: Path, tokenizer_folder: Path, output: Path, *, name: str = "", int8: bool = True) -> Bundle:
    """Read a `.pt` or `.tar` checkpoint of KoBERT with one linear layer on top, and write a bundle.

    `tokenizer_folder` holds KoBERT's vocabulary (`spiece.model`, or `tokenizer_78b3253a26.model` with `vocab.txt`). Raises ModelMissing,
    ModelRefused (whole-model pickle, other shapes, other labels) or TrainingRefused (no tokenizer).
    """
    require_torch("importing a model")
    from tagging.export import export_graph, most_tokens, save_weights

    tokenizer = load_tokenizer(tokenizer_folder)
    state = read_state(file)
    network = network_of(file, state)
    known = int(network.config.vocab_size)
    if tokenizer.get_vocab_size() != known:
        raise ModelRefused(
            file, f"it was trained with {known} pieces, and the vocabulary in {tokenizer_folder} has {tokenizer.get_vocab_size()}"
        )
    output.mkdir(parents=True, exist_ok=True)
    save_weights(network, output)
    export_graph(network, output, tokenizer, prefix="", int8=int8)
    save_tokenizer(tokenizer, output)
    named = name or output.name
    (output / CARD).write_text(card_of("kobert", named, {}, {}, {"imported from": file.name}), encoding="utf-8")
    return write_config(
        output,
        name=named,
        kind="kobert",
        parts={"kobert": 1.0},
        options={"prefix": "", "pad_id": pad_id_of(tokenizer), "max_tokens": most_tokens(network)},
    )


def read_state(file: Path) -> dict[str, Any]:
    """The state dict in a checkpoint file, read without running any of its code."""
    import torch

    if not file.is_file():
        raise ModelMissing(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # notes on foreign pickle protocols: what cannot be read is refused below
            found = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise ModelRefused(file, _HOW) from None
    except (RuntimeError, EOFError, ValueError, KeyError, zipfile.BadZipFile, OSError) as error:
        raise ModelRefused(file, f"it is no PyTorch checkpoint ({str(error).splitlines()[0]})") from error
    for key in _STATE_KEYS:
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise ModelRefused(file, "it holds no state dict")
    return {name.removeprefix("module."): tensor for name, tensor in found.items()}


def network_of(file: Path, state: dict[str, Any]) -> Any:
    """The network that a state dict describes, its weights loaded strictly. Raises ModelRefused."""
    try:
        words = state["bert.embeddings.word_embeddings.weight"]
        labels = int(state["classifier.weight"].shape[0])
        layers = 1 + max(int(name.split(".")[3]) for name in state if name.startswith("bert.encoder.layer."))
        config = {
            "vocab_size": int(words.shape[0]),
            "hidden_size": int(words.shape[1]),
            "num_hidden_layers": layers,
            "num_attention_heads": max(int(words.shape[1]) // 64, 1),
            "intermediate_size": int(state["bert.encoder.layer.0.intermediate.dense.weight"].shape[0]),
            "max_position_embeddings": int(state["bert.embeddings.position_embeddings.weight"].shape[0]),
            "type_vocab_size": int(state["bert.embeddings.token_type_embeddings.weight"].shape[0]),
            "pad_token_id": 1,
        }
    except (KeyError, ValueError, IndexError) as error:
        raise ModelRefused(file, f"it is no BERT with a classifier on top ({error} is missing)") from None
    if labels != N_LABELS:
        raise ModelRefused(file, f"it answers with {labels} labels, and ReUmi has {N_LABELS}")
    network = empty_network("kobert", config)
    # Older transformers kept the position numbers in the state dict; they are no weights.
    weights = {name: tensor for name, tensor in state.items() if not name.endswith("position_ids")}
    try:
        network.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise ModelRefused(file, f"its weights do not fit: {' '.join(str(error).split())[:200]}") from error
    return network.eval()
